#include "telemetry/day_file.h"
#include "telemetry/line.h"
#include "telemetry/log.h"
#include "telemetry/redact.h"

#include <atomic>
#include <cppunit/extensions/HelperMacros.h>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

using namespace switchyard::telemetry;
namespace fs = std::filesystem;

class LogTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(linesHaveBothForms);
    CPPUNIT_TEST(aLineIsOneLine);
    CPPUNIT_TEST(secretsAreMasked);
    CPPUNIT_TEST(levelsAreHeld);
    CPPUNIT_TEST(everyThreadsLinesArriveInOrder);
    CPPUNIT_TEST(aFullQueueDropsAndSaysHowMany);
    CPPUNIT_TEST(theFileChangesAtMidnight);
    CPPUNIT_TEST(aMovedFileIsOpenedAnew);
    CPPUNIT_TEST(aBadDirectoryIsReportedOnce);
    CPPUNIT_TEST_SUITE_END();

    fs::path directory_;

    LogSettings settings() const
    {
        LogSettings settings;
        settings.console = switchyard::telemetry::Console::none;
        settings.directory = directory_.string();
        return settings;
    }

    std::vector<std::string> lines() const
    {
        std::vector<std::string> all;
        std::string line;
        for (const auto& entry : fs::directory_iterator(directory_))
            for (std::ifstream in(entry.path()); std::getline(in, line);)
                all.push_back(line);
        return all;
    }

    static std::string redacted(std::string text)
    {
        redact(text);
        return text;
    }

public:
    void setUp() override
    {
        char name[] = "/tmp/switchyard-log-XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(name));
        directory_ = name;
    }
    void tearDown() override { fs::remove_all(directory_); }

    void linesHaveBothForms()
    {
        const int64_t time = 1'700'000'000'123;
        CPPUNIT_ASSERT_EQUAL(
            std::string("2023-11-14T22:13:20.123Z INFO served model=gpt-4o ms=12 ratio=0.5 stream=true note=\"a b\" "
                        "empty=\"\""),
            formatLine(
                LineForm::text, Level::info, time, "served",
                {{"model", "gpt-4o"}, {"ms", 12}, {"ratio", 0.5}, {"stream", true}, {"note", "a b"}, {"empty", ""}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"time":"2023-11-14T22:13:20.123Z","level":"WARNING","message":"served","model":"gpt\"4","bytes":18446744073709551615,"left":-1})"),
            formatLine(LineForm::json, Level::warning, time, "served",
                       {{"model", "gpt\"4"}, {"bytes", ~uint64_t{0}}, {"left", -1}}));
    }

    void aLineIsOneLine()
    {
        for (LineForm form : {LineForm::text, LineForm::json})
        {
            const std::string line = formatLine(form, Level::info, 0, "two\nlines", {{"value", "1\r\n2"}});
            CPPUNIT_ASSERT_EQUAL(std::string::npos, line.find_first_of("\r\n"));
        }
    }

    void secretsAreMasked()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("key sk-*** was refused"),
                             redacted("key sk-abcdefghijklmnop1234 was refused"));
        CPPUNIT_ASSERT_EQUAL(std::string("Authorization: Bearer *** and Bearer ***"),
                             redacted("Authorization: Bearer abc.def and Bearer x"));
        CPPUNIT_ASSERT_EQUAL(std::string("a task-force, sk-short"), redacted("a task-force, sk-short"));
        for (const char* name :
             {"key", "API_KEY", "password", "authorization", "access_token", "client-secret", "Cookie"})
            CPPUNIT_ASSERT_MESSAGE(name, namesSecret(name));
        for (const char* name : {"tokens", "token", "keys", "monkey", "token_id", "model"})
            CPPUNIT_ASSERT_MESSAGE(name, !namesSecret(name));
        const std::string line = formatLine(LineForm::json, Level::info, 0, "sent sk-abcdefghijklmnop",
                                            {{"password", "hunter2"}, {"url", "?k=sk-abcdefghijklmnop"}});
        CPPUNIT_ASSERT_MESSAGE(line,
                               line.find("hunter2") == std::string::npos && line.find("abcdefgh") == std::string::npos);
    }

    void levelsAreHeld()
    {
        Logger log(settings());
        log.debug("hidden");
        log.info("shown");
        log.setLevel(Level::debug);
        log.debug("shown too");
        log.setLevel(Level::error);
        log.warning("hidden");
        log.flush();
        CPPUNIT_ASSERT_EQUAL(size_t{2}, lines().size());
    }

    void everyThreadsLinesArriveInOrder()
    {
        constexpr int kThreads = 4, kLines = 1000;
        {
            Logger log(settings());
            std::vector<std::thread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back(
                    [&, t]
                    {
                        for (int i = 0; i < kLines; ++i)
                            log.info("line", {{"thread", t}, {"i", i}});
                    });
            for (std::thread& thread : threads)
                thread.join();
        } // writes what is queued
        std::vector<int> next(kThreads, 0);
        for (const std::string& line : lines())
        {
            int thread = -1, i = -1;
            CPPUNIT_ASSERT_EQUAL(2, sscanf(line.c_str() + line.find("thread="), "thread=%d i=%d", &thread, &i));
            CPPUNIT_ASSERT_EQUAL(next.at(static_cast<size_t>(thread))++, i);
        }
        for (int count : next)
            CPPUNIT_ASSERT_EQUAL(kLines, count);
    }

    void aFullQueueDropsAndSaysHowMany()
    {
        LogSettings small = settings();
        small.queueLines = 4;
        uint64_t dropped = 0;
        constexpr int kLines = 50000; // far more than one writer's batch can take meanwhile
        {
            Logger log(small);
            for (int i = 0; i < kLines; ++i)
                log.info("line");
            log.flush();
            dropped = log.dropped();
            log.info("last"); // carries the notice of what was lost before it
        }
        CPPUNIT_ASSERT(dropped > 0);
        uint64_t written = 0, reported = 0;
        for (const std::string& line : lines())
        {
            const size_t at = line.find("lines=");
            if (at == std::string::npos)
                ++written;
            else
                reported += std::stoull(line.substr(at + 6));
        }
        CPPUNIT_ASSERT_EQUAL(uint64_t{kLines + 1}, written + dropped);
        CPPUNIT_ASSERT_EQUAL(dropped, reported);
    }

    void theFileChangesAtMidnight()
    {
        tm evening{};
        evening.tm_year = 124; // 2024-02-29 23:59:59 local time
        evening.tm_mon = 1;
        evening.tm_mday = 29;
        evening.tm_hour = 23;
        evening.tm_min = evening.tm_sec = 59;
        evening.tm_isdst = -1;
        const int64_t late = mktime(&evening);
        DayFile file(directory_.string());
        CPPUNIT_ASSERT_EQUAL(std::string(), file.append("one\n", late));
        CPPUNIT_ASSERT_EQUAL(std::string(), file.append("two\n", late + 1));
        CPPUNIT_ASSERT_EQUAL(std::string(), file.append("three\n", late + 86400));
        CPPUNIT_ASSERT_EQUAL(uintmax_t{4}, fs::file_size(directory_ / "switchyard-20240229.log"));
        CPPUNIT_ASSERT_EQUAL(uintmax_t{10}, fs::file_size(directory_ / "switchyard-20240301.log"));
    }

    void aMovedFileIsOpenedAnew()
    {
        Logger log(settings());
        log.info("before");
        log.flush();
        const fs::path file = fs::directory_iterator(directory_)->path();
        fs::rename(file, directory_ / "moved");
        log.reopen();
        log.info("after");
        log.flush();
        std::ifstream in(file);
        std::stringstream text;
        text << in.rdbuf();
        CPPUNIT_ASSERT_MESSAGE(text.str(), text.str().find("after") != std::string::npos &&
                                               text.str().find("before") == std::string::npos);
    }

    void aBadDirectoryIsReportedOnce()
    {
        DayFile file("/dev/null/logs");
        const std::string trouble = file.append("x\n", 0);
        CPPUNIT_ASSERT_MESSAGE(trouble, trouble.find("/dev/null/logs") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string(), file.append("x\n", 1));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);
