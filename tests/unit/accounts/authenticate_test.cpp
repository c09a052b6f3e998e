#include "accounts/authenticate.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;
using namespace switchyard::accounts;
using namespace switchyard::store;

class AuthenticateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuthenticateTest);
    CPPUNIT_TEST(allFormsOfTheHeaderAreRead);
    CPPUNIT_TEST(aGoodKeyGivesItsOwner);
    CPPUNIT_TEST(eachCheckAnswersWithItsStatusAndCode);
    CPPUNIT_TEST(checksComeInOrder);
    CPPUNIT_TEST(beforeTheFirstSnapshotItIsNotTheKeysFault);
    CPPUNIT_TEST(modelListsAndChannelChoiceAreChecked);
    CPPUNIT_TEST(anEmptyBalanceIsRefused);
    CPPUNIT_TEST(modelsThatAreVisibleAreSorted);
    CPPUNIT_TEST(messagesFollowTheLanguageAndShowNoKey);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int64_t kNow = 1'750'000'000;

    static SnapshotPtr snapshotWith(ApiToken token, User user)
    {
        token.id = 5;
        token.name = "laptop";
        if (token.userId == 0) token.userId = 2;
        user.id = 2;
        user.name = "lin";
        SnapshotBuilder builder;
        builder.add(std::move(user)).add(std::move(token), "KEY");
        return builder.build(1);
    }

    static ApiToken goodToken()
    {
        ApiToken token;
        token.unlimited = true;
        return token;
    }

    static User goodUser()
    {
        User user;
        user.role = kRoleCommon;
        user.group = "default";
        user.quota = 100;
        return user;
    }

    static Result<Caller, ApiError> call(const ApiToken& token, const User& user, const char* header = "Bearer sk-KEY")
    {
        return authenticate(snapshotWith(token, user), header, *IpAddress::parse("192.0.2.1"), kNow, Language::english);
    }

    static std::string outcome(const Result<Caller, ApiError>& result)
    {
        if (result) return "ok";
        CPPUNIT_ASSERT_EQUAL(std::string("one_api_error"), result.error().type);
        CPPUNIT_ASSERT(!result.error().message.empty());
        return std::to_string(result.error().status) + " " + result.error().code;
    }

    static std::string outcome(const Result<Done, ApiError>& result)
    {
        return result ? "ok" : std::to_string(result.error().status) + " " + result.error().code;
    }

public:
    void allFormsOfTheHeaderAreRead()
    {
        struct Case
        {
            const char* header;
            const char* key;
            const char* channel; // "none" when absent
        };
        for (const Case& c : {Case{"Bearer sk-KEY", "KEY", "none"},
                              {"sk-KEY", "KEY", "none"},
                              {"KEY", "KEY", "none"},
                              {"Bearer KEY", "KEY", "none"},
                              {"Bearer sk-KEY-12", "KEY", "12"},
                              {"KEY-12-13", "KEY", "12"},
                              {"KEY-", "KEY", ""},
                              {"", "", "none"},
                              {"Bearer ", "", "none"},
                              {"sk-", "", "none"},
                              {"bearer sk-KEY", "bearer sk", "KEY"},
                              {"Bearer  sk-KEY", " sk", "KEY"},
                              {"-7", "", "7"},
                              {"sk-sk-KEY", "sk", "KEY"}})
        {
            const PresentedKey presented = parseAuthorization(c.header);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.header, std::string(c.key), std::string(presented.key));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.header, std::string(c.channel),
                                         std::string(presented.channel.value_or("none")));
        }
    }

    void aGoodKeyGivesItsOwner()
    {
        const auto caller = call(goodToken(), goodUser(), "Bearer sk-KEY-77");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(caller));
        CPPUNIT_ASSERT_EQUAL(std::string("laptop"), caller->token->name);
        CPPUNIT_ASSERT_EQUAL(std::string("lin"), caller->user->name);
        CPPUNIT_ASSERT_EQUAL(std::string("77"), caller->channel.value());
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), caller->address.text());
    }

    void eachCheckAnswersWithItsStatusAndCode()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("401 missing_api_key"), outcome(call(goodToken(), goodUser(), "")));
        CPPUNIT_ASSERT_EQUAL(std::string("401 missing_api_key"), outcome(call(goodToken(), goodUser(), "Bearer sk-")));
        CPPUNIT_ASSERT_EQUAL(std::string("401 invalid_api_key"),
                             outcome(call(goodToken(), goodUser(), "Bearer sk-key")));
        const auto tokenOutcome = [](auto change)
        {
            ApiToken token = goodToken();
            change(token);
            return outcome(call(token, goodUser()));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_exhausted"),
                             tokenOutcome([](ApiToken& t) { t.status = TokenStatus::exhausted; }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_expired"),
                             tokenOutcome([](ApiToken& t) { t.status = TokenStatus::expired; }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_disabled"),
                             tokenOutcome([](ApiToken& t) { t.status = TokenStatus::disabled; }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_disabled"),
                             tokenOutcome([](ApiToken& t) { t.status = TokenStatus(0); }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_expired"),
                             tokenOutcome([](ApiToken& t) { t.expiresAt = kNow - 1; }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_expired"), tokenOutcome([](ApiToken& t) { t.expiresAt = 0; }));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), tokenOutcome([](ApiToken& t) { t.expiresAt = kNow; }));
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_exhausted"),
                             tokenOutcome([](ApiToken& t) { t.unlimited = false; }));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             tokenOutcome([](ApiToken& t) { t.unlimited = false, t.remainQuota = 1; }));
        CPPUNIT_ASSERT_EQUAL(std::string("403 ip_not_allowed"),
                             tokenOutcome([](ApiToken& t) { t.subnet = "10.0.0.0/8"; }));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             tokenOutcome([](ApiToken& t) { t.subnet = "10.0.0.0/8,192.0.2.0/24"; }));
        CPPUNIT_ASSERT_EQUAL(std::string("500 user_not_found"), tokenOutcome([](ApiToken& t) { t.userId = 99; }));
        for (int status : {0, 2, 3})
        {
            User user = goodUser();
            user.status = static_cast<UserStatus>(status);
            CPPUNIT_ASSERT_EQUAL(std::string("403 user_banned"), outcome(call(goodToken(), user)));
        }
    }

    void checksComeInOrder() // each case fails two neighbouring checks; the first answers
    {
        ApiToken token = goodToken();
        token.expiresAt = kNow - 1;
        token.unlimited = false;
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_expired"), outcome(call(token, goodUser())));
        token.expiresAt = -1;
        token.subnet = "10.0.0.0/8";
        CPPUNIT_ASSERT_EQUAL(std::string("401 token_exhausted"), outcome(call(token, goodUser())));
        token.unlimited = true;
        User banned = goodUser();
        banned.status = UserStatus::disabled;
        CPPUNIT_ASSERT_EQUAL(std::string("403 ip_not_allowed"), outcome(call(token, banned)));
    }

    void beforeTheFirstSnapshotItIsNotTheKeysFault()
    {
        const auto refused = authenticate(nullptr, "Bearer sk-KEY", IpAddress::loopback(), kNow, Language::english);
        CPPUNIT_ASSERT_EQUAL(std::string("503 database_unavailable"), outcome(refused));
    }

    void modelListsAndChannelChoiceAreChecked()
    {
        ApiToken token = goodToken();
        token.models = {"gpt-4o-mini", "gpt-4o"};
        const auto plain = call(token, goodUser());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(checkAccess(*plain, "gpt-4o")));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(checkAccess(*plain, "")));
        for (const char* other : {"gpt-4", "gpt-4o-", "GPT-4o"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(other, std::string("403 model_not_allowed"),
                                         outcome(checkAccess(*plain, other)));
        const auto choosing = call(token, goodUser(), "KEY-12");
        CPPUNIT_ASSERT_EQUAL(std::string("403 model_not_allowed"), outcome(checkAccess(*choosing, "gpt-4")));
        CPPUNIT_ASSERT_EQUAL(std::string("403 channel_forbidden"), outcome(checkAccess(*choosing, "gpt-4o")));
        User admin = goodUser();
        admin.role = kRoleAdmin;
        const auto administrator = call(goodToken(), admin, "KEY-12");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(checkAccess(*administrator, "anything")));
    }

    void anEmptyBalanceIsRefused()
    {
        User user = goodUser();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(checkBalance(*call(goodToken(), user))));
        for (int64_t quota : {0, -7})
        {
            user.quota = quota;
            CPPUNIT_ASSERT_EQUAL(std::string("403 insufficient_user_quota"),
                                 outcome(checkBalance(*call(goodToken(), user))));
        }
    }

    void modelsThatAreVisibleAreSorted()
    {
        SnapshotBuilder builder;
        User user = goodUser();
        user.id = 2;
        ApiToken own = goodToken();
        own.userId = 2;
        ApiToken limited = own;
        limited.models = {"z", "y", "z"};
        Channel channel;
        channel.id = 1;
        channel.models = {"b", "c", "a"};
        channel.groups = {"default"};
        builder.add(user).add(own, "ALL").add(limited, "OWN").add(channel);
        const SnapshotPtr snapshot = builder.build(1);
        const auto seen = [&](const char* key)
        {
            std::string all;
            const auto caller = authenticate(snapshot, key, IpAddress::loopback(), kNow, Language::english);
            for (std::string_view model : visibleModels(*caller))
                all.append(model).append(" ");
            return all;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("a b c "), seen("ALL"));
        CPPUNIT_ASSERT_EQUAL(std::string("y z "), seen("OWN"));
    }

    void messagesFollowTheLanguageAndShowNoKey()
    {
        CPPUNIT_ASSERT(languageOf("zh-CN,zh;q=0.9") == Language::chinese);
        CPPUNIT_ASSERT(languageOf("en-US,zh;q=0.5") == Language::english && languageOf("") == Language::english);
        const auto snapshot = snapshotWith(goodToken(), goodUser());
        const auto english = authenticate(snapshot, "Bearer sk-SECRET", IpAddress::loopback(), kNow, Language::english);
        const auto chinese = authenticate(snapshot, "Bearer sk-SECRET", IpAddress::loopback(), kNow, Language::chinese);
        CPPUNIT_ASSERT(english.error().message != chinese.error().message);
        CPPUNIT_ASSERT_EQUAL(english.error().code, chinese.error().code);
        for (const ApiError* error : {&english.error(), &chinese.error()})
            CPPUNIT_ASSERT_EQUAL(std::string::npos, error->message.find("SECRET"));
        const Text text{"{} of {}", "{}/{}"};
        CPPUNIT_ASSERT_EQUAL(std::string("{} of b"),
                             text.in(Language::english, {"{}", "b"})); // arguments are not templates
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuthenticateTest);
