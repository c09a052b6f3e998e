#include "app/settings.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <filesystem>
#include <fstream>

using namespace switchyard::app;
namespace fs = std::filesystem;

class ConfigTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigTest);
    CPPUNIT_TEST(theOrderIsFlagEnvironmentFileDotEnvDefault);
    CPPUNIT_TEST(defaultsAreThoseThatAreDocumented);
    CPPUNIT_TEST(theSampleFileHoldsEverySettingAsItIs);
    CPPUNIT_TEST(everySettingTakesItsValue);
    CPPUNIT_TEST(emptyVariablesCountAsAbsent);
    CPPUNIT_TEST(badValuesNameTheSettingItsPlaceAndTheMend);
    CPPUNIT_TEST(badFilesAreNamed);
    CPPUNIT_TEST(secretsAreNotShown);
    CPPUNIT_TEST(theDatabaseOfOneApiIsPreferred);
    CPPUNIT_TEST(rootTokensThatCanNeverMatchAreRefused);
    CPPUNIT_TEST(settingsThatContradictEachOtherAreRefused);
    CPPUNIT_TEST(proxiesMayLackAScheme);
    CPPUNIT_TEST(dotEnvFilesAreRead);
    CPPUNIT_TEST_SUITE_END();

    fs::path before_;
    fs::path directory_;

    static Environment with(std::initializer_list<std::pair<const char*, const char*>> variables)
    {
        Environment environment;
        for (const auto& [name, value] : variables)
            environment.set(name, value);
        return environment;
    }

    std::string file(const std::string& text, const std::string& name = "test.properties")
    {
        std::ofstream(directory_ / name) << text;
        return (directory_ / name).string();
    }

    static std::string failureOf(const Flags& flags, const Environment& environment = {}, const std::string& path = "")
    {
        try
        {
            loadConfig(flags, environment, path, {});
        }
        catch (const Poco::Exception& e)
        {
            return e.message();
        }
        return "";
    }

    static void contains(const std::string& text, std::initializer_list<const char*> parts)
    {
        for (const char* part : parts)
            CPPUNIT_ASSERT_MESSAGE(text + " lacks " + part, text.find(part) != std::string::npos);
    }

    static const SettingOrigin& originOf(const LoadedConfig& loaded, const std::string& name)
    {
        for (const SettingOrigin& origin : loaded.origins)
            if (origin.setting->name == name) return origin;
        throw Poco::NotFoundException(name);
    }

public:
    void setUp() override
    {
        before_ = fs::current_path();
        char name[] = "/tmp/switchyard-config-XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(name));
        directory_ = name;
        fs::current_path(directory_);
    }

    void tearDown() override
    {
        fs::current_path(before_);
        fs::remove_all(directory_);
    }

    void theOrderIsFlagEnvironmentFileDotEnvDefault()
    {
        const std::string path = file("port = 3003\n");
        const Flags flag{{"port", "3001"}};
        const Environment environment = with({{"PORT", "3002"}});
        const Environment dotEnv = with({{"PORT", "3004"}});
        const auto check = [](const LoadedConfig& loaded, int port, const std::string& origin)
        {
            CPPUNIT_ASSERT_EQUAL(port, int{loaded.config.port});
            CPPUNIT_ASSERT_EQUAL(origin, originOf(loaded, "port").origin);
            CPPUNIT_ASSERT_EQUAL(std::to_string(port), originOf(loaded, "port").shown);
        };
        check(loadConfig(flag, environment, path, dotEnv), 3001, "flag --port");
        check(loadConfig({}, environment, path, dotEnv), 3002, "environment PORT");
        check(loadConfig({}, {}, path, dotEnv), 3003, "file " + path);
        check(loadConfig({}, {}, "", dotEnv), 3004, ".env PORT");
        check(loadConfig({}, {}, "", {}), 3000, "default");
    }

    void defaultsAreThoseThatAreDocumented() // the table's text, read as a value, changes nothing
    {
        const Config fresh;
        for (const Setting& setting : settings())
        {
            const std::string text = setting.byDefault;
            if (text.empty() || text.find(' ') != std::string::npos || text == "none") continue;
            Config applied;
            setting.apply(applied, text);
            const std::string name = setting.name;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, fresh.port, applied.port);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, fresh.listen, applied.listen);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, fresh.logDirectory, applied.logDirectory);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.maxHead == applied.maxHead && fresh.maxLine == applied.maxLine &&
                                             fresh.maxBody == applied.maxBody);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.headTimeout == applied.headTimeout &&
                                             fresh.bodyTimeout == applied.bodyTimeout);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.keepAliveTimeout == applied.keepAliveTimeout &&
                                             fresh.writeTimeout == applied.writeTimeout);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.connectTimeout == applied.connectTimeout &&
                                             fresh.firstByteTimeout == applied.firstByteTimeout);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.firstTokenTimeout == applied.firstTokenTimeout &&
                                             fresh.stallTimeout == applied.stallTimeout);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.totalTimeout == applied.totalTimeout &&
                                             fresh.drainTimeout == applied.drainTimeout);
            CPPUNIT_ASSERT_MESSAGE(name,
                                   fresh.threads == applied.threads && fresh.maxConnections == applied.maxConnections);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.logLevel == applied.logLevel && fresh.logForm == applied.logForm &&
                                             fresh.debug == applied.debug);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.demo == applied.demo && fresh.pluginDirect == applied.pluginDirect);
            CPPUNIT_ASSERT_MESSAGE(name, fresh.sqliteBusyTimeout == applied.sqliteBusyTimeout);
        }
        CPPUNIT_ASSERT(fresh.threadCount() >= 1);
    }

    void theSampleFileHoldsEverySettingAsItIs() // uncommented, it is taken; what has a default shows it
    {
        std::ifstream in(SWITCHYARD_SAMPLE_CONFIG);
        std::map<std::string, std::string> shown;
        std::string text;
        for (std::string line; std::getline(in, line);)
        {
            const size_t equals = line.find(" = ");
            if (!line.starts_with("# ") || equals == std::string::npos) continue;
            shown[line.substr(2, equals - 2)] = line.substr(equals + 3);
            text += line.substr(2) + "\n";
        }
        CPPUNIT_ASSERT(loadConfig({}, {}, file(text), {}).config.debug == false);
        for (const Setting& setting : settings())
        {
            const std::string name = setting.name;
            if (name == "sql-dsn" || name == "plugin-path") continue; // not to be set here
            CPPUNIT_ASSERT_MESSAGE(name, shown.contains(name));
            const std::string byDefault = setting.byDefault;
            if (byDefault.empty() || byDefault.find(' ') != std::string::npos || byDefault == "none") continue;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, byDefault, shown[name]);
        }
    }

    void everySettingTakesItsValue()
    {
        const std::string path = file("plugin-dir = /a:/b\ntrusted-proxies = 10.0.0.0/8, ::1\nlog-form = json\n"
                                      "initial-root-password = pw\nmax-body = 1G\nstall-timeout = 500ms\n");
        const Config config = loadConfig({{"plugin-direct", "true"}, {"threads", "3"}, {"log-dir", ""}},
                                         with({{"RELAY_TIMEOUT", "20"},
                                               {"DEBUG", "True"},
                                               {"https_proxy", "http://p:1"},
                                               {"SWITCHYARD_PLUGIN_PATH", "/c"},
                                               {"STATE_DIRECTORY", "/state"}}),
                                         path, {})
                                  .config;
        CPPUNIT_ASSERT(config.pluginDirectories == (std::vector<std::string>{"/a", "/b"}));
        CPPUNIT_ASSERT(config.trustedProxies.contains(*switchyard::accounts::IpAddress::parse("10.1.1.1")));
        CPPUNIT_ASSERT(!config.trustedProxies.contains(*switchyard::accounts::IpAddress::parse("127.0.0.1")));
        CPPUNIT_ASSERT(config.logForm == switchyard::telemetry::LineForm::json);
        CPPUNIT_ASSERT(config.logLevel == switchyard::telemetry::Level::debug);
        CPPUNIT_ASSERT_EQUAL(std::string("pw"), config.initialRootPassword);
        CPPUNIT_ASSERT_EQUAL(size_t{1} << 30, config.maxBody);
        CPPUNIT_ASSERT(config.stallTimeout == milliseconds(500) && config.totalTimeout == seconds(20));
        CPPUNIT_ASSERT(config.pluginDirect && config.threadCount() == 3 && config.logDirectory.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("http://p:1"), config.httpsProxy);
        CPPUNIT_ASSERT_EQUAL(std::string("/c"), config.pluginPath);
        CPPUNIT_ASSERT_EQUAL(std::string("/state"), config.stateDirectory);
        CPPUNIT_ASSERT_EQUAL(
            std::string("/x:/y"),
            originOf(loadConfig({{"plugin-dir", "/x"}, {"plugin-dir", "/y"}}, {}, path, {}), "plugin-dir").shown);
    }

    void emptyVariablesCountAsAbsent()
    {
        CPPUNIT_ASSERT_EQUAL(3000, int{loadConfig({}, with({{"PORT", ""}}), "", {}).config.port});
    }

    void badValuesNameTheSettingItsPlaceAndTheMend()
    {
        contains(failureOf({{"port", "70000"}}), {"port", "flag --port", "`70000`", "0 to 65535"});
        contains(failureOf({}, with({{"PORT", "http"}})), {"port", "environment PORT", "`http`"});
        const std::string path = file("max-body = lots\n");
        contains(failureOf({}, {}, path), {"max-body", path.c_str(), "`lots`", "64M"});
        for (const char* name :
             {"listen", "threads", "trusted-proxies", "head-timeout", "relay-proxy", "log-level", "log-form", "demo"})
            contains(failureOf({{name, "no such value"}}), {name, "expected"});
        contains(failureOf({}, with({{"SQL_DSN", "root:secret@tcp(x)/db"}})), {"sql-dsn", "SQLite only"});
    }

    void badFilesAreNamed()
    {
        contains(failureOf({}, {}, "/no/such.properties"), {"/no/such.properties"});
        contains(failureOf({}, {}, file("prot = 3000\n")), {"test.properties", "`prot`", "--help"});
    }

    void secretsAreNotShown()
    {
        const LoadedConfig loaded = loadConfig(
            {}, with({{"INITIAL_ROOT_PASSWORD", "hunter2"}, {"RELAY_PROXY", "http://user:pass@proxy:1"}}), "", {});
        for (const SettingOrigin& origin : loaded.origins)
            CPPUNIT_ASSERT_MESSAGE(origin.shown, origin.shown.find("hunter2") == std::string::npos &&
                                                     origin.shown.find("pass@") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("***"), originOf(loaded, "relay-proxy").shown);
        const std::string failure =
            failureOf({}, with({{"SQL_DSN", "root:hunter2@tcp(x)/db"}, {"INITIAL_ROOT_TOKEN", "has-dash-hunter2"}}));
        CPPUNIT_ASSERT_MESSAGE(failure, failure.find("hunter2") == std::string::npos);
    }

    void theDatabaseOfOneApiIsPreferred()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("switchyard.db"), loadConfig({}, {}, "", {}).config.sqlitePath);
        file("", "one-api.db");
        CPPUNIT_ASSERT_EQUAL(std::string("one-api.db"), loadConfig({}, {}, "", {}).config.sqlitePath);
        const Config config = loadConfig({}, with({{"SQLITE_PATH", "/data/x.db"}}), "", {}).config;
        CPPUNIT_ASSERT_EQUAL(std::string("/data/x.db"), config.sqlitePath);
        CPPUNIT_ASSERT_EQUAL(std::string("/data/switchyard-state"), config.stateDirectory);
    }

    void rootTokensThatCanNeverMatchAreRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("abc"),
                             loadConfig({}, with({{"INITIAL_ROOT_TOKEN", "sk-abc"}}), "", {}).config.initialRootToken);
        for (const char* bad :
             {"a-b", "sk-", "sk-a-b", "has blank", "0123456789012345678901234567890123456789012345678"})
            contains(failureOf({}, with({{"INITIAL_ROOT_TOKEN", bad}})), {"initial-root-token", "48 characters"});
    }

    void settingsThatContradictEachOtherAreRefused()
    {
        contains(failureOf({{"tls-certificate", "/c.pem"}}), {"tls-key is missing"});
        contains(failureOf({{"tls-key", "/k.pem"}}), {"tls-certificate is missing"});
        contains(failureOf({{"max-line", "65K"}}), {"max-line", "max-head"});
    }

    void proxiesMayLackAScheme()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("http://127.0.0.1:3128"),
                             loadConfig({}, with({{"HTTP_PROXY", "127.0.0.1:3128"}}), "", {}).config.httpProxy);
    }

    void dotEnvFilesAreRead()
    {
        const Environment environment =
            Environment::ofFile(file("# comment\n\nPORT=3005\nexport A = 'x y'\nB=\"#q\"\nURL=http://a?b=c\n", ".env"));
        CPPUNIT_ASSERT_EQUAL(std::string("3005"), environment.find("PORT").value());
        CPPUNIT_ASSERT_EQUAL(std::string("x y"), environment.find("A").value());
        CPPUNIT_ASSERT_EQUAL(std::string("#q"), environment.find("B").value());
        CPPUNIT_ASSERT_EQUAL(std::string("http://a?b=c"), environment.find("URL").value());
        CPPUNIT_ASSERT(Environment::ofFile("no such file").all().empty());
        CPPUNIT_ASSERT_THROW(Environment::ofFile(file("nonsense\n", "bad")), Poco::DataFormatException);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigTest);
