#include "app/demo.h"

#include "app/open_store.h"
#include "store/channel_repository.h"
#include "store/database.h"
#include "store/token_repository.h"

#include <cppunit/extensions/HelperMacros.h>
#include <filesystem>
#include <sstream>

using namespace switchyard::app;
using namespace switchyard;

class DemoTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DemoTest);
    CPPUNIT_TEST(aFreshDatabaseGetsADemoOnce);
    CPPUNIT_TEST(anAdministratorsDatabaseIsLeftAlone);
    CPPUNIT_TEST(theCommandReachesTheListener);
    CPPUNIT_TEST_SUITE_END();

    std::filesystem::path directory_;
    Config config_;
    std::unique_ptr<telemetry::Logger> log_;
    std::unique_ptr<store::Database> database_;
    store::PlainKeys sealer_;

public:
    void setUp() override
    {
        char name[] = "/tmp/switchyard-demo-XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(name));
        directory_ = name;
        config_.sqlitePath = (directory_ / "test.db").string();
        config_.initialRootPassword = "password";
        telemetry::LogSettings quiet;
        quiet.console = telemetry::Console::none;
        log_ = std::make_unique<telemetry::Logger>(quiet);
        std::ostringstream announced;
        database_ = openStore(config_, *log_, announced);
        CPPUNIT_ASSERT_EQUAL(std::string(), announced.str()); // the password was given
    }

    void tearDown() override
    {
        database_.reset();
        log_.reset();
        std::filesystem::remove_all(directory_);
    }

    void aFreshDatabaseGetsADemoOnce()
    {
        const auto first = ensureDemo(*database_, sealer_);
        CPPUNIT_ASSERT(first && first->created && first->key.starts_with("sk-"));
        const auto again = ensureDemo(*database_, sealer_);
        CPPUNIT_ASSERT(again && !again->created);
        CPPUNIT_ASSERT_EQUAL(first->key, again->key);
        database_->read(
            [&](store::DbSession& session)
            {
                const auto channels = store::ChannelRepository(session, sealer_).all();
                CPPUNIT_ASSERT_EQUAL(size_t{1}, channels.size());
                CPPUNIT_ASSERT_EQUAL(std::string("demo"), channels[0].provider);
                const auto tokens = store::TokenRepository(session).all();
                CPPUNIT_ASSERT_EQUAL(size_t{1}, tokens.size());
                CPPUNIT_ASSERT(tokens[0].token.unlimited && "sk-" + tokens[0].key == first->key);
            });
    }

    void anAdministratorsDatabaseIsLeftAlone()
    {
        store::ChannelRow row;
        row.type = 1;
        row.models = "m";
        database_->write([&](store::DbSession& session) { store::ChannelRepository(session, sealer_).insert(row); });
        CPPUNIT_ASSERT(!ensureDemo(*database_, sealer_));
        database_->read(
            [&](store::DbSession& session)
            {
                CPPUNIT_ASSERT_EQUAL(size_t{1}, store::ChannelRepository(session, sealer_).all().size());
                CPPUNIT_ASSERT(store::TokenRepository(session).all().empty());
            });
    }

    void theCommandReachesTheListener()
    {
        config_.port = 3100;
        CPPUNIT_ASSERT(demoCurl(config_, {"sk-k", true}).find("http://127.0.0.1:3100/v1/chat/completions") !=
                       std::string::npos);
        config_.listen = "::1";
        config_.tlsCertificate = "cert";
        CPPUNIT_ASSERT(demoCurl(config_, {"sk-k", true}).find("https://[::1]:3100/") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DemoTest);
