#include "relay/routes.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::relay;

class RoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RoutesTest);
    CPPUNIT_TEST(everyOperationHasItsAddress);
    CPPUNIT_TEST(modelNamesMayHoldSlashes);
    CPPUNIT_TEST(finalSlashRedirectsToTheRouteWithout);
    CPPUNIT_TEST(wrongMethodIsUnknown);
    CPPUNIT_TEST(unbuiltRoutesAreKnownAsSuch);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyOperationHasItsAddress()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("chat.completions"), std::string(findRoute("POST", "/v1/chat/completions").operation));
        CPPUNIT_ASSERT_EQUAL(std::string("completions"), std::string(findRoute("POST", "/v1/completions").operation));
        CPPUNIT_ASSERT_EQUAL(std::string("moderations"), std::string(findRoute("POST", "/v1/moderations").operation));
        const Route engine = findRoute("POST", "/v1/engines/text-ada/embeddings");
        CPPUNIT_ASSERT_EQUAL(std::string("embeddings"), std::string(engine.operation));
        CPPUNIT_ASSERT_EQUAL(std::string("text-ada"), std::string(engine.parameter));
        CPPUNIT_ASSERT(findRoute("GET", "/v1/models").kind == RouteKind::listModels);
    }

    void modelNamesMayHoldSlashes()
    {
        const Route route = findRoute("GET", "/v1/models/meta-llama/Llama-3-70b-chat-hf");
        CPPUNIT_ASSERT(route.kind == RouteKind::retrieveModel);
        CPPUNIT_ASSERT_EQUAL(std::string("meta-llama/Llama-3-70b-chat-hf"), std::string(route.parameter));
    }

    void finalSlashRedirectsToTheRouteWithout()
    {
        for (const char* path : {"/v1/chat/completions/", "/v1/models/", "/v1/models/gpt-4o/", "/v1/files/"})
        {
            const Route route = findRoute(std::string_view(path).starts_with("/v1/chat") ? "POST" : "GET", path);
            CPPUNIT_ASSERT_MESSAGE(path, route.kind == RouteKind::redirect);
            CPPUNIT_ASSERT_EQUAL(std::string(path, std::string_view(path).size() - 1), route.location);
        }
        CPPUNIT_ASSERT(findRoute("POST", "/v1/nothing/").kind == RouteKind::unknown);
    }

    void wrongMethodIsUnknown()
    {
        CPPUNIT_ASSERT(findRoute("GET", "/v1/chat/completions").kind == RouteKind::unknown);
        CPPUNIT_ASSERT(findRoute("POST", "/v1/models").kind == RouteKind::unknown);
        CPPUNIT_ASSERT(findRoute("POST", "/v1/chat/completionsx").kind == RouteKind::unknown);
    }

    void unbuiltRoutesAreKnownAsSuch()
    {
        struct
        {
            const char* method;
            const char* path;
        } rows[] = {{"POST", "/v1/images/generations"}, {"POST", "/v1/audio/speech"}, {"POST", "/v1/edits"},
                    {"PATCH", "/v1/oneapi/proxy/3/v1/x"}, {"GET", "/dashboard/billing/usage"},
                    {"GET", "/v1/threads/t/runs/r/steps/s"}, {"DELETE", "/v1/models/gpt-4o"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_MESSAGE(row.path, findRoute(row.method, row.path).kind == RouteKind::notImplemented);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RoutesTest);
