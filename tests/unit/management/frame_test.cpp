// The route table, bodies, logins, limits and what a login was shown: all without a database.
#include "management/json_body.h"
#include "management/json_text.h"
#include "management/login_sessions.h"
#include "management/rate_limit.h"
#include "management/router.h"
#include "management/shown_balances.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::management;
using switchyard::store::AccountKind;

namespace
{

Request request(std::string method, std::string path, std::string query = {})
{
    Request made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.query = std::move(query);
    return made;
}

template <class Action>
std::string refusalOf(Action action)
{
    try
    {
        action();
    }
    catch (const Refusal& refusal)
    {
        return refusal.what();
    }
    return "";
}

/// Lets a caller of a given role in; counts what it was asked.
class FakeDoorkeeper : public Doorkeeper
{
public:
    std::optional<int64_t> tooMany(const Request&, Allowance) override { return wait; }
    Admission admit(const Request&, Protection protection) override
    {
        asked = protection;
        if (refuse) return {{}, refused("no")};
        return {Caller{7, "seven", 1, "default", ""}, std::nullopt};
    }
    std::optional<int64_t> wait;
    bool refuse = false;
    std::optional<Protection> asked;
};

} // namespace

class FrameTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FrameTest);
    CPPUNIT_TEST(aLiteralPieceWinsOverAParameter);
    CPPUNIT_TEST(pathAndQueryAreDecoded);
    CPPUNIT_TEST(pagesAreBounded);
    CPPUNIT_TEST(theDoorkeeperComesBeforeTheHandler);
    CPPUNIT_TEST(withoutADoorkeeperOnlyOpenRoutesAnswer);
    CPPUNIT_TEST(refusalsSpeakTheSendersLanguage);
    CPPUNIT_TEST(anInsideFailureSaysNothingOfTheInside);
    CPPUNIT_TEST(bodiesAreReadLenientlyAndTypedStrictly);
    CPPUNIT_TEST(numbersKeepTheirValue);
    CPPUNIT_TEST(whatIsNoObjectIsRefused);
    CPPUNIT_TEST(brokenTextStaysInsideItsString);
    CPPUNIT_TEST(aCookieIsReadBackUntilItExpires);
    CPPUNIT_TEST(aChangedCookieIsRefusedEverywhere);
    CPPUNIT_TEST(anEndedLoginStaysEnded);
    CPPUNIT_TEST(theExampleSecretIsNoSecret);
    CPPUNIT_TEST(theLimitSlidesAndNamesTheTrueWait);
    CPPUNIT_TEST(sendersDoNotShareALimit);
    CPPUNIT_TEST(aFormIsAnEditOfWhatWasShown);
    CPPUNIT_TEST(theMemoryOfLoginsIsBounded);
    CPPUNIT_TEST_SUITE_END();

    static std::string answered(const Router& router, const Request& asked) { return router.handle(asked).body; }

    static Request withCookie(const std::string& setCookie)
    {
        Request made = request("GET", "/api/x");
        made.headers.emplace_back("cookie", "a=b; " + setCookie.substr(0, setCookie.find(';')));
        return made;
    }

public:
    void aLiteralPieceWinsOverAParameter()
    {
        Router router;
        router.add("GET", "/api/thing/{id}", Protection::none,
                   [](const Call& call) { return succeeded(std::to_string(call.id())); });
        router.add("GET", "/api/thing/search", Protection::none, [](const Call&) { return succeeded("\"search\""); });
        router.add("GET", "/api/thing/{id}/part", Protection::none, [](const Call&) { return succeeded("\"part\""); });
        CPPUNIT_ASSERT(answered(router, request("GET", "/api/thing/12/")).find(":12}") != std::string::npos);
        CPPUNIT_ASSERT(answered(router, request("GET", "/api/thing/search")).find("search") != std::string::npos);
        CPPUNIT_ASSERT(answered(router, request("GET", "/api/thing/12/part")).find("part") != std::string::npos);
        for (const char* bad : {"/api/thing/x", "/api/thing/0", "/api/thing/-1", "/api/thing/99999999999999999999"})
            CPPUNIT_ASSERT_MESSAGE(bad, answered(router, request("GET", bad)).find("false") != std::string::npos);
        CPPUNIT_ASSERT(!router.knows("GET", "/api/thing"));
        CPPUNIT_ASSERT(!router.knows("GET", "/api/thing/1/2/3"));
    }

    void pathAndQueryAreDecoded()
    {
        const Query query("keyword=a%26b+c&n=12&n=13&empty=&bare&NaN=NaN");
        CPPUNIT_ASSERT_EQUAL(std::string("a&b c"), query.text("keyword"));
        CPPUNIT_ASSERT_EQUAL(int64_t{12}, query.number("n"));
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, query.number("NaN"));
        CPPUNIT_ASSERT(query.has("bare") && query.has("empty") && !query.has("absent"));
    }

    void pagesAreBounded()
    {
        const auto page = [](const char* query)
        {
            const Request asked = request("GET", "/", query);
            const Page found = Call(asked, {}, {}).page();
            return std::to_string(found.offset) + "+" + std::to_string(found.limit);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("0+10"), page(""));
        CPPUNIT_ASSERT_EQUAL(std::string("0+10"), page("p=-3"));
        CPPUNIT_ASSERT_EQUAL(std::string("20+10"), page("p=2"));
        CPPUNIT_ASSERT_EQUAL(std::string("100+50"), page("p=2&size=50"));
        CPPUNIT_ASSERT_EQUAL(std::string("0+100"), page("page_size=100000"));
        CPPUNIT_ASSERT_EQUAL(std::string("10000000000+100"), page("p=9223372036854775807&size=100"));
    }

    void theDoorkeeperComesBeforeTheHandler()
    {
        FakeDoorkeeper door;
        Router router(&door);
        int called = 0;
        router.add("GET", "/api/x", Protection::admin,
                   [&](const Call& call)
                   {
                       ++called;
                       return succeeded(switchyard::jsonQuoted(call.caller().name));
                   });
        CPPUNIT_ASSERT(answered(router, request("GET", "/api/x")).find("seven") != std::string::npos);
        CPPUNIT_ASSERT(door.asked == Protection::admin);
        door.refuse = true;
        CPPUNIT_ASSERT(answered(router, request("GET", "/api/x")).find("\"no\"") != std::string::npos);
        door.wait = 17;
        const Response limited = router.handle(request("GET", "/api/x"));
        CPPUNIT_ASSERT_EQUAL(429, limited.status);
        CPPUNIT_ASSERT(limited.body.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("17"), limited.headers.at(0).second);
        CPPUNIT_ASSERT_EQUAL(1, called);
    }

    void withoutADoorkeeperOnlyOpenRoutesAnswer()
    {
        Router router;
        router.add("GET", "/api/closed", Protection::user, [](const Call&) { return succeeded("1"); });
        CPPUNIT_ASSERT_EQUAL(401, router.handle(request("GET", "/api/closed")).status);
    }

    void refusalsSpeakTheSendersLanguage()
    {
        Router router;
        router.add("GET", "/api/x", Protection::none, [](const Call&) -> Response {
            throw Refusal(Text{"no {}", "没有 {}"}, {"paper"});
        });
        Request asked = request("GET", "/api/x");
        CPPUNIT_ASSERT(answered(router, asked).find("\"no paper\"") != std::string::npos);
        asked.headers.emplace_back("accept-language", "zh-CN,zh");
        CPPUNIT_ASSERT(answered(router, asked).find("没有 paper") != std::string::npos);
    }

    void anInsideFailureSaysNothingOfTheInside()
    {
        Router router;
        router.add("GET", "/api/x", Protection::none,
                   [](const Call&) -> Response { throw std::runtime_error("no such column: secret"); });
        const Response response = router.handle(request("GET", "/api/x"));
        CPPUNIT_ASSERT_EQUAL(500, response.status);
        CPPUNIT_ASSERT(response.body.find("secret") == std::string::npos);
    }

    void bodiesAreReadLenientlyAndTypedStrictly()
    {
        const JsonBody body(R"({"Name":"a","name2":null,"count":3,"on":true,"unknown":[{"x":1}],"whole":4.0})");
        CPPUNIT_ASSERT_EQUAL(std::string("a"), body.textOr("name"));
        CPPUNIT_ASSERT(!body.has("name2") && !body.text("name2"));
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, body.integerOr("count"));
        CPPUNIT_ASSERT_EQUAL(int64_t{4}, body.integerOr("whole"));
        CPPUNIT_ASSERT(body.flagOr("ON"));
        CPPUNIT_ASSERT(refusalOf([&] { body.text("count"); }).find("`count`") != std::string::npos);
        CPPUNIT_ASSERT(refusalOf([&] { body.integer("Name"); }).find("`Name`") != std::string::npos);
        CPPUNIT_ASSERT(refusalOf([&] { body.integer("on"); }).find("`on`") != std::string::npos);
        CPPUNIT_ASSERT(refusalOf([&] { body.flag("count"); }).find("`count`") != std::string::npos);
        CPPUNIT_ASSERT(refusalOf([&] { body.requiredId(); }).find("`id`") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("exact"), JsonBody(R"({"KEY":"other","key":"exact"})").textOr("key"));
    }

    void numbersKeepTheirValue()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{9223372036854775807}, JsonBody(R"({"n":9223372036854775807})").integerOr("n"));
        CPPUNIT_ASSERT_EQUAL(int64_t{-9223372036854775807 - 1}, JsonBody(R"({"n":-9223372036854775808})").integerOr("n"));
        CPPUNIT_ASSERT_EQUAL(int64_t{500000000000001}, JsonBody(R"({"n":500000000000001})").integerOr("n"));
        for (const char* bad : {R"({"n":9223372036854775808})", R"({"n":1.5})", R"({"n":1e300})", R"({"n":"1"})"})
            CPPUNIT_ASSERT_MESSAGE(bad, !refusalOf([&] { JsonBody(bad).integer("n"); }).empty());
    }

    void whatIsNoObjectIsRefused()
    {
        for (const std::string& bad : {std::string(), std::string("null"), std::string("[]"), std::string("{"),
                                       std::string("{\"a\":1}x"), std::string("{'a':1}"), std::string(100'000, '[')})
            CPPUNIT_ASSERT_MESSAGE(bad.substr(0, 20), !refusalOf([&] { JsonBody body(bad); }).empty());
    }

    void brokenTextStaysInsideItsString()
    {
        const std::string text = JsonObject().add("a", "x\"\n\xff").add("n", int64_t{-5}).add("f", true).add("d", 0.5).text();
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":\"x\\\"\\n\xEF\xBF\xBD\",\"n\":-5,\"f\":true,\"d\":0.5}"), text);
        CPPUNIT_ASSERT_EQUAL(std::string("[]"), JsonArray().text());
    }

    void aCookieIsReadBackUntilItExpires()
    {
        int64_t now = 1'700'000'000;
        const LoginSessions sessions("secret", [&] { return now; });
        const LoginSession begun = sessions.begin(42, "$2a$10$hash");
        const Request asked = withCookie(sessions.cookieFor(begun, true));
        const auto read = sessions.of(asked);
        CPPUNIT_ASSERT(read && read->userId == 42 && read->id == begun.id);
        CPPUNIT_ASSERT_EQUAL(sessions.stampOf("$2a$10$hash"), read->passwordStamp);
        CPPUNIT_ASSERT(sessions.stampOf("$2a$10$other") != read->passwordStamp);
        const LoginSessions otherNode("secret", [&] { return now; });
        CPPUNIT_ASSERT(otherNode.of(asked));
        const LoginSessions stranger("another secret", [&] { return now; });
        CPPUNIT_ASSERT(!stranger.of(asked));
        now += LoginSessions::kLifetimeSeconds;
        CPPUNIT_ASSERT(!sessions.of(asked));
    }

    void aChangedCookieIsRefusedEverywhere()
    {
        const LoginSessions sessions("secret", [] { return int64_t{1'700'000'000}; });
        const std::string cookie = sessions.cookieFor(sessions.begin(42, "h"), false);
        const std::string value = cookie.substr(0, cookie.find(';'));
        CPPUNIT_ASSERT(sessions.of(withCookie(value)));
        for (size_t at = std::string("session=").size(); at < value.size(); ++at)
        {
            std::string changed = value;
            changed[at] = changed[at] == '0' ? '1' : '0';
            CPPUNIT_ASSERT_MESSAGE(changed, !sessions.of(withCookie(changed)));
            CPPUNIT_ASSERT(!sessions.of(withCookie(value.substr(0, at))));
        }
    }

    void anEndedLoginStaysEnded()
    {
        LoginSessions sessions("secret", [] { return int64_t{1'700'000'000}; });
        const LoginSession one = sessions.begin(42, "h");
        const LoginSession two = sessions.begin(42, "h");
        sessions.end(one);
        CPPUNIT_ASSERT(!sessions.of(withCookie(sessions.cookieFor(one, false))));
        CPPUNIT_ASSERT(sessions.of(withCookie(sessions.cookieFor(two, false))));
    }

    void theExampleSecretIsNoSecret()
    {
        const auto now = [] { return int64_t{1'700'000'000}; };
        for (const char* secret : {"", "random_string"})
        {
            const LoginSessions sessions(secret, now);
            const std::string cookie = sessions.cookieFor(sessions.begin(1, "h"), false);
            CPPUNIT_ASSERT(sessions.of(withCookie(cookie)));
            CPPUNIT_ASSERT(!LoginSessions(secret, now).of(withCookie(cookie)));
        }
    }

    void theLimitSlidesAndNamesTheTrueWait()
    {
        RateLimit limit(3, 10'000);
        for (const int64_t at : {0, 1000, 2000})
            CPPUNIT_ASSERT(!limit.tooMany("a", at));
        CPPUNIT_ASSERT(limit.tooMany("a", 2500) == int64_t{8}); // the first one is forgotten at 10,000
        CPPUNIT_ASSERT(limit.tooMany("a", 9999) == int64_t{1});
        CPPUNIT_ASSERT(!limit.tooMany("a", 10'000));
        CPPUNIT_ASSERT(limit.tooMany("a", 10'500) == int64_t{1});
        CPPUNIT_ASSERT(!limit.tooMany("a", 11'000));
        RateLimit none(0, 10'000);
        for (int i = 0; i < 100; ++i)
            CPPUNIT_ASSERT(!none.tooMany("a", 0));
    }

    void sendersDoNotShareALimit()
    {
        RateLimit limit(1, 1000);
        for (int i = 0; i < 5000; ++i)
            CPPUNIT_ASSERT(!limit.tooMany(std::to_string(i), i)); // sweeps on the way
        CPPUNIT_ASSERT(limit.tooMany("4999", 5000));
    }

    void aFormIsAnEditOfWhatWasShown()
    {
        ShownBalances shown;
        const auto meaning = [&](const char* login, int64_t wanted)
        {
            const auto edit = shown.meaningOf(login, AccountKind::user, 5, wanted);
            if (!edit) return std::string("none");
            return (edit->kind == Edit::Kind::absolute ? "to " : "by ") + std::to_string(edit->value);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("to 70"), meaning("a", 70));
        shown.show("a", AccountKind::user, 5, 100);
        CPPUNIT_ASSERT_EQUAL(std::string("none"), meaning("a", 100));
        CPPUNIT_ASSERT_EQUAL(std::string("by -30"), meaning("a", 70));
        CPPUNIT_ASSERT_EQUAL(std::string("to 70"), meaning("b", 70));
        CPPUNIT_ASSERT(shown.meaningOf("a", AccountKind::token, 5, 70)->kind == Edit::Kind::absolute);
        shown.show("a", AccountKind::user, 5, 60);
        shown.saved("a", AccountKind::user, 5, 70);
        CPPUNIT_ASSERT_EQUAL(std::string("none"), meaning("a", 70));
        CPPUNIT_ASSERT_EQUAL(std::string("by 20"), meaning("a", 80));
        shown.show("", AccountKind::user, 5, 60);
        CPPUNIT_ASSERT_EQUAL(std::string("to 60"), meaning("", 60));
        shown.show("c", AccountKind::user, 5, -9'000'000'000'000'000'000);
        CPPUNIT_ASSERT_EQUAL(std::string("to 9000000000000000000"), meaning("c", 9'000'000'000'000'000'000));
        shown.forget("a");
        CPPUNIT_ASSERT_EQUAL(std::string("to 60"), meaning("a", 60));
    }

    void theMemoryOfLoginsIsBounded()
    {
        ShownBalances shown;
        for (int login = 0; login < 10'000; ++login)
            shown.show(std::to_string(login), AccountKind::user, 1, 5);
        CPPUNIT_ASSERT(shown.meaningOf("0", AccountKind::user, 1, 5));
        CPPUNIT_ASSERT(!shown.meaningOf("9999", AccountKind::user, 1, 5));
        for (int account = 0; account < 10'000; ++account)
            shown.show("9999", AccountKind::token, account, 5);
        CPPUNIT_ASSERT(!shown.meaningOf("9999", AccountKind::token, 9999, 5));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FrameTest);
