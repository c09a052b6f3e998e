#include "management/status.h"

#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>
#include <stdexcept>

using namespace switchyard::management;

class ManagementTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ManagementTest);
    CPPUNIT_TEST(statusHasAllMembersThatTheFrontEndsRead);
    CPPUNIT_TEST(statusShowsSavedOptionsAndMendsBadOnes);
    CPPUNIT_TEST(bothTrailingSlashFormsAnswer);
    CPPUNIT_TEST(wrongMethodIsNotFound);
    CPPUNIT_TEST(throwingHandlerBecomesAnEnvelopeNotACrash);
    CPPUNIT_TEST_SUITE_END();

    static Poco::JSON::Object::Ptr parsed(const Response& response)
    {
        Poco::JSON::Parser parser;
        return parser.parse(response.body).extract<Poco::JSON::Object::Ptr>();
    }

    static Request get(std::string path)
    {
        Request request;
        request.method = "GET";
        request.path = std::move(path);
        return request;
    }

public:
    void statusHasAllMembersThatTheFrontEndsRead()
    {
        Router router;
        addStatusRoute(router, "0.1.0", 1700000000, [](const std::string&) { return std::string(); });
        auto answer = parsed(router.handle(get("/api/status")));
        CPPUNIT_ASSERT(answer->getValue<bool>("success"));
        auto data = answer->getObject("data");
        CPPUNIT_ASSERT_EQUAL(size_t{24}, data->size());
        CPPUNIT_ASSERT_EQUAL(500000, data->getValue<int>("quota_per_unit"));
        CPPUNIT_ASSERT(data->getValue<bool>("display_in_currency"));
        CPPUNIT_ASSERT(!data->getValue<bool>("oidc"));
        CPPUNIT_ASSERT_EQUAL(1700000000, data->getValue<int>("start_time"));
    }

    void statusShowsSavedOptionsAndMendsBadOnes()
    {
        Router router;
        addStatusRoute(router, "0.1.0", 0, [](const std::string& key) {
            if (key == "SystemName") return std::string("Our \"gateway\"");
            if (key == "QuotaPerUnit") return std::string("},{");
            return std::string();
        });
        auto data = parsed(router.handle(get("/api/status")))->getObject("data");
        CPPUNIT_ASSERT_EQUAL(std::string("Our \"gateway\""), data->getValue<std::string>("system_name"));
        CPPUNIT_ASSERT_EQUAL(500000, data->getValue<int>("quota_per_unit"));
    }

    void bothTrailingSlashFormsAnswer()
    {
        Router router;
        router.add("GET", "/api/thing/", Protection::none, [](const Call&) { return succeeded("1"); });
        CPPUNIT_ASSERT_EQUAL(200, router.handle(get("/api/thing")).status);
        CPPUNIT_ASSERT_EQUAL(200, router.handle(get("/api/thing/")).status);
    }

    void wrongMethodIsNotFound()
    {
        Router router;
        router.add("POST", "/api/thing", Protection::none, [](const Call&) { return succeeded("1"); });
        CPPUNIT_ASSERT_EQUAL(404, router.handle(get("/api/thing")).status);
    }

    void throwingHandlerBecomesAnEnvelopeNotACrash()
    {
        Router router;
        router.add("GET", "/api/thing", Protection::none, [](const Call&) -> Response { throw std::runtime_error("out of paper"); });
        const Response response = router.handle(get("/api/thing"));
        CPPUNIT_ASSERT_EQUAL(500, response.status);
        CPPUNIT_ASSERT(!parsed(response)->getValue<bool>("success"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ManagementTest);
