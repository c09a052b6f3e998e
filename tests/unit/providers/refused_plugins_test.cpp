// Each way in which a file is no good: refused with its reason, and the rest is served on.
#include "host_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

using namespace switchyard::providers;

class RefusedPluginsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RefusedPluginsTest);
    CPPUNIT_TEST(eachBadFileIsRefusedWithItsReason);
    CPPUNIT_TEST(aFileThatOthersMayWriteToIsRefusedUntilThatIsMended);
    CPPUNIT_TEST(aBadReplacementLeavesTheRunningVersionInService);
    CPPUNIT_TEST(aVerdictIsKeptAcrossRestarts);
    CPPUNIT_TEST(aHangIsTriedAgainWhenAskedTo);
    CPPUNIT_TEST(whereTheProbeCannotStartThePluginIsRefusedWithThatReason);
    CPPUNIT_TEST_SUITE_END();

public:
    void eachBadFileIsRefusedWithItsReason()
    {
        HostFixture fixture;
        const std::string good = HostFixture::built("one");
        fixture.put("good", good);
        struct Case
        {
            std::string name;
            std::string bytes;
            std::string reason; // a part of it
        };
        const Case cases[] = {
            {"empty", "", "ELF"},
            {"text", "#!/bin/sh\necho hello\n", "ELF"},
            {"truncated", good.substr(0, good.size() / 2), "cut off"},
            {"headonly", good.substr(0, 64), "cut off"},
            {"major", HostFixture::built("wrong_major"), "7."},
            {"unresolved", HostFixture::built("unresolved"), "nobody_defines_this"},
            {"execstack", HostFixture::built("exec_stack"), "stack"},
            {"second", HostFixture::built("second_export"), "second_export"},
            {"crashload", HostFixture::built("crash_at_load"), "while it was loaded, signal 6"},
            {"crashinit", HostFixture::built("crash_in_init"), "in init, signal 6"},
            {"hang", HostFixture::built("hang_at_load"), "hung in a probe (while it was loaded)"},
            {"socket", HostFixture::built("socket_at_load"), "system call"},
            {"refuses", HostFixture::built("refuses"), "not today"},
            {"media", HostFixture::built("requires_media"), "switchyard.exchange.media/1"},
        };
        for (const Case& c : cases)
            HostFixture::write(fixture.root / "second" / (c.name + ".so"), c.bytes);
        fixture.start();
        for (const Case& c : cases)
        {
            const auto info = fixture.info(c.name, PluginState::refused);
            CPPUNIT_ASSERT_MESSAGE(c.name, info);
            CPPUNIT_ASSERT_MESSAGE(c.name + ": " + info->reason, info->reason.find(c.reason) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(info->reason, info->reason.find('\n') == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, fixture.host->providers()->all().size());
    }

    void aFileThatOthersMayWriteToIsRefusedUntilThatIsMended()
    {
        HostFixture fixture;
        fixture.put("open", HostFixture::built("one"));
        const fs::path file = fixture.root / "first" / "open.so";
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(file.c_str(), 0666));
        fixture.start();
        CPPUNIT_ASSERT(fixture.info("open", PluginState::refused).value().reason.find("chmod o-w") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(file.c_str(), 0644));
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "1"; }));
    }

    void aBadReplacementLeavesTheRunningVersionInService()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto before = fixture.host->providers();
        const std::pair<std::string, std::string> bad[] = {{"crash_at_load", "it crashed in a probe"},
                                                           {"wrong_major", "7."}};
        for (const auto& [name, reason] : bad)
        {
            fixture.put("p", HostFixture::built(name));
            CPPUNIT_ASSERT_MESSAGE(name, HostFixture::within10s(
                                             [&, &why = reason]
                                             {
                                                 const auto info = fixture.info("p", PluginState::loaded);
                                                 return info &&
                                                        info->reason.find("the newer file is not in service") == 0 &&
                                                        info->reason.find(why) != std::string::npos;
                                             }));
            CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
            CPPUNIT_ASSERT(before == fixture.host->providers());
        }
        fixture.put("p", HostFixture::built("two"));
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "2"; }));
        CPPUNIT_ASSERT(fixture.info("p", PluginState::loaded).value().reason.empty());
    }

    void aVerdictIsKeptAcrossRestarts()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        // No probe can start from now on: what comes into service was known.
        fixture.settings.probe = "/nonexistent";
        fixture.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
        fixture.put("q", HostFixture::built("other"));
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.info("q", PluginState::refused).has_value(); }));
    }

    void aHangIsTriedAgainWhenAskedTo()
    {
        HostFixture fixture;
        fixture.settings.probeLimit = std::chrono::milliseconds(0);
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        CPPUNIT_ASSERT(fixture.info("p", PluginState::refused).value().reason.find("hung") != std::string::npos);
        fixture.settings.probeLimit = std::chrono::seconds(20);
        fixture.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
    }

    void whereTheProbeCannotStartThePluginIsRefusedWithThatReason()
    {
        HostFixture fixture;
        fixture.settings.probe = "/nonexistent";
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto info = fixture.info("p", PluginState::refused);
        CPPUNIT_ASSERT(info && info->reason.find("could not be started") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RefusedPluginsTest);
