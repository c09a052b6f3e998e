#include "accounts/limits.h"

#include <atomic>
#include <cppunit/extensions/HelperMacros.h>
#include <deque>
#include <random>
#include <thread>

using namespace switchyard;
using namespace switchyard::accounts;

namespace
{

constexpr int64_t kStart = 1'000'000'123;

std::vector<LimitKey> token(Limit limit) { return {{LimitScope::token, "5", limit}}; }

} // namespace

class LimitsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LimitsTest);
    CPPUNIT_TEST(rulesAreFoundByNameGroupAndStar);
    CPPUNIT_TEST(badRulesAreRefusedWithTheirPlace);
    CPPUNIT_TEST(requestsOfAMinuteAreLimited);
    CPPUNIT_TEST(noMinuteEverHasMore);
    CPPUNIT_TEST(retryAfterIsHonest);
    CPPUNIT_TEST(tokensCountWhenTheyAreUsed);
    CPPUNIT_TEST(expectedTokensAreKeptFree);
    CPPUNIT_TEST(requestsAtTheSameTimeAreLimited);
    CPPUNIT_TEST(aRefusedRequestCountsNowhere);
    CPPUNIT_TEST(aRequestHasAllItsLimits);
    CPPUNIT_TEST(aChannelAtItsLimitIsNotOpen);
    CPPUNIT_TEST(theErrorNamesTheLimit);
    CPPUNIT_TEST(namesThatAreSilentAreForgotten);
    CPPUNIT_TEST(threadsNeverPassTogetherWhatOneMayNot);
    CPPUNIT_TEST_SUITE_END();

    static LimitHit hitOf(Limiter& limiter, const std::vector<LimitKey>& keys, int64_t now, int64_t expected = 0)
    {
        auto admitted = limiter.admit(keys, expected, now);
        CPPUNIT_ASSERT(!admitted);
        return admitted.error();
    }

public:
    void rulesAreFoundByNameGroupAndStar()
    {
        const auto rules = LimitRules::read(R"({"user": {"*": {"rpm": 1}, "@vip": {"rpm": 2, "tpm": 20}, "17": {"rpm": 3}},
                                                "model": {"o3": {"concurrent": 4}}})");
        CPPUNIT_ASSERT(rules);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, rules->of(LimitScope::user, "17", "vip").requests);
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, rules->of(LimitScope::user, "18", "vip").requests);
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, rules->of(LimitScope::user, "18", "vip").tokens);
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, rules->of(LimitScope::user, "18", "default").requests);
        CPPUNIT_ASSERT_EQUAL(int64_t{4}, rules->of(LimitScope::model, "o3").concurrent);
        CPPUNIT_ASSERT(!rules->of(LimitScope::model, "o1").any());
        CPPUNIT_ASSERT(!rules->of(LimitScope::token, "1").any());
        CPPUNIT_ASSERT(rules->empty(LimitScope::token));
        CPPUNIT_ASSERT(LimitRules::read(""));
        CPPUNIT_ASSERT_EQUAL(int64_t{7}, LimitRules::readLimit(R"({"tpm":7})")->tokens);
    }

    void badRulesAreRefusedWithTheirPlace()
    {
        for (const auto& [json, says] :
             {std::pair("[]", "object"), std::pair("{", "object"), std::pair(R"({"users":{}})", "users"),
              std::pair(R"({"user":[]})", "user"), std::pair(R"({"user":{"bob":{"rpm":1}}})", "user.bob"),
              std::pair(R"({"channel":{"@vip":{"rpm":1}}})", "channel.@vip"),
              std::pair(R"({"user":{"1":5}})", "user.1"), std::pair(R"({"user":{"1":{"rps":5}}})", "rps"),
              std::pair(R"({"user":{"1":{"rpm":-5}}})", "rpm"), std::pair(R"({"user":{"1":{"rpm":1.5}}})", "rpm"),
              std::pair(R"({"user":{"1":{"rpm":"5"}}})", "rpm")})
        {
            const auto rules = LimitRules::read(json);
            CPPUNIT_ASSERT_MESSAGE(json, !rules);
            CPPUNIT_ASSERT_MESSAGE(rules.error(), rules.error().find(says) != std::string::npos);
        }
    }

    void requestsOfAMinuteAreLimited()
    {
        Limiter limiter;
        const auto keys = token({3, 0, 0});
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(limiter.admit(keys, 0, kStart + i));
        const LimitHit hit = hitOf(limiter, keys, kStart + 10);
        CPPUNIT_ASSERT(hit.kind == LimitHit::Kind::requests);
        CPPUNIT_ASSERT(hit.scope == LimitScope::token);
        CPPUNIT_ASSERT_EQUAL(std::string("5"), hit.name);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, hit.limit);
        CPPUNIT_ASSERT(limiter.admit(std::vector<LimitKey>{{LimitScope::token, "6", {3, 0, 0}}}, 0, kStart + 10));
        CPPUNIT_ASSERT(!limiter.admit(keys, 0, kStart + 59'999));
        CPPUNIT_ASSERT(limiter.admit(keys, 0, kStart + 63'000));
    }

    void noMinuteEverHasMore()
    {
        Limiter limiter;
        const auto keys = token({20, 0, 0});
        std::minstd_rand random(3);
        std::deque<int64_t> passed;
        int all = 0;
        for (int64_t now = kStart; now < kStart + 3'600'000; now += static_cast<int64_t>(random() % 3000))
        {
            if (!limiter.admit(keys, 0, now)) continue;
            ++all;
            passed.push_back(now);
            while (passed.front() <= now - 60'000)
                passed.pop_front();
            CPPUNIT_ASSERT(passed.size() <= 20);
        }
        CPPUNIT_ASSERT(all > 60 * 20 * 9 / 10); // and nobody is kept out for long
    }

    void retryAfterIsHonest()
    {
        Limiter limiter;
        const auto keys = token({10, 0, 0});
        std::minstd_rand random(5);
        int64_t now = kStart;
        for (int i = 0; i < 2000; ++i)
        {
            const auto admitted = limiter.admit(keys, 0, now);
            if (!admitted)
            {
                const int64_t wait = admitted.error().waitMs;
                CPPUNIT_ASSERT(wait > 0 && wait <= 62'000);
                CPPUNIT_ASSERT(!limiter.admit(keys, 0, now + wait - 1)); // not before
                CPPUNIT_ASSERT(limiter.admit(keys, 0, now + wait));      // but then
                now += wait;
            }
            now += static_cast<int64_t>(random() % 4000);
        }
    }

    void tokensCountWhenTheyAreUsed()
    {
        Limiter limiter;
        const auto keys = token({0, 1000, 0});
        {
            auto first = limiter.admit(keys, 100, kStart);
            CPPUNIT_ASSERT(first);
            first->used(1200, kStart + 30'000);
        }
        const LimitHit hit = hitOf(limiter, keys, kStart + 31'000, 10);
        CPPUNIT_ASSERT(hit.kind == LimitHit::Kind::tokens);
        CPPUNIT_ASSERT(hit.waitMs > 55'000 && hit.waitMs <= 62'000);
        CPPUNIT_ASSERT(!limiter.admit(keys, 10, kStart + 31'000 + hit.waitMs - 1));
        CPPUNIT_ASSERT(limiter.admit(keys, 10, kStart + 31'000 + hit.waitMs));
    }

    void expectedTokensAreKeptFree()
    {
        Limiter limiter;
        const auto keys = token({0, 1000, 0});
        auto first = limiter.admit(keys, 600, kStart);
        CPPUNIT_ASSERT(first);
        CPPUNIT_ASSERT(!limiter.admit(keys, 401, kStart));
        auto second = limiter.admit(keys, 400, kStart);
        CPPUNIT_ASSERT(second);
        second->takeBack();
        first->used(50, kStart);
        CPPUNIT_ASSERT(limiter.admit(keys, 950, kStart));
        // More than the limit at once passes when it is alone.
        Limiter other;
        CPPUNIT_ASSERT(other.admit(keys, 5000, kStart));
        CPPUNIT_ASSERT(!other.admit(keys, 5000, kStart));
    }

    void requestsAtTheSameTimeAreLimited()
    {
        Limiter limiter;
        const auto keys = token({0, 0, 2});
        auto first = limiter.admit(keys, 0, kStart), second = limiter.admit(keys, 0, kStart);
        CPPUNIT_ASSERT(first && second);
        CPPUNIT_ASSERT(hitOf(limiter, keys, kStart).kind == LimitHit::Kind::concurrent);
        Admission moved = std::move(*first);
        CPPUNIT_ASSERT(!limiter.admit(keys, 0, kStart));
        moved = Admission();
        CPPUNIT_ASSERT(limiter.admit(keys, 0, kStart));
    }

    void aRefusedRequestCountsNowhere()
    {
        Limiter limiter;
        const LimitKey user{LimitScope::user, "2", {2, 0, 0}}, model{LimitScope::model, "m", {0, 0, 1}};
        auto running = limiter.admit(std::vector{model}, 0, kStart);
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT(hitOf(limiter, {user, model}, kStart).scope == LimitScope::model);
        *running = Admission();
        CPPUNIT_ASSERT(limiter.admit(std::vector{user, model}, 0, kStart));
        CPPUNIT_ASSERT(limiter.admit(std::vector{user, model}, 0, kStart));
        CPPUNIT_ASSERT(hitOf(limiter, {user, model}, kStart).scope == LimitScope::user);
    }

    void aRequestHasAllItsLimits()
    {
        const auto rules = LimitRules::read(R"({"token":{"*":{"rpm":1}},"user":{"2":{"rpm":2}},"group":{"vip":{"rpm":3}},
            "model":{"m":{"rpm":4}},"channel":{"*":{"rpm":5},"7":{"rpm":6}}})");
        store::User user;
        user.id = 2;
        user.group = "vip";
        store::ApiToken key;
        key.id = 5;
        Caller caller{nullptr, &key, &user, std::nullopt, {}, Language::english};
        const auto keys = limitsOf(*rules, caller, "m");
        CPPUNIT_ASSERT_EQUAL(size_t{4}, keys.size());
        for (size_t i = 0; i < 4; ++i)
            CPPUNIT_ASSERT_EQUAL(static_cast<int64_t>(i + 1), keys[i].limit.requests);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, limitsOf(*rules, caller, "other").size());
        store::Channel channel;
        channel.id = 7;
        CPPUNIT_ASSERT_EQUAL(int64_t{6}, limitOfChannel(*rules, channel).limit.requests);
        channel.settings.tokensPerMinute = 9;
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, limitOfChannel(*rules, channel).limit.requests);
        CPPUNIT_ASSERT_EQUAL(int64_t{9}, limitOfChannel(*rules, channel).limit.tokens);
    }

    void aChannelAtItsLimitIsNotOpen()
    {
        Limiter limiter;
        const LimitKey key{LimitScope::channel, "7", {1, 0, 0}};
        CPPUNIT_ASSERT(limiter.open(key, kStart));
        {
            auto attempt = limiter.admit(std::vector{key}, 0, kStart);
            CPPUNIT_ASSERT(!limiter.open(key, kStart));
            attempt->takeBack(); // another channel was tried instead
        }
        CPPUNIT_ASSERT(limiter.open(key, kStart));
        CPPUNIT_ASSERT(limiter.admit(std::vector{key}, 0, kStart));
        CPPUNIT_ASSERT(!limiter.open(key, kStart + 1));
        CPPUNIT_ASSERT(limiter.open(key, kStart + 62'000));
    }

    void theErrorNamesTheLimit()
    {
        const LimitHit hit{LimitScope::model, LimitHit::Kind::tokens, "o3", 5000, 11'001};
        for (const Language language : {Language::english, Language::chinese})
        {
            const ApiError error = limitError(hit, language);
            CPPUNIT_ASSERT_EQUAL(429, error.status);
            CPPUNIT_ASSERT_EQUAL(std::string("rate_limit_exceeded"), error.code);
            CPPUNIT_ASSERT_EQUAL(12, error.retryAfterSeconds);
            for (const char* part : {"o3", "5000", "12"})
                CPPUNIT_ASSERT_MESSAGE(error.message, error.message.find(part) != std::string::npos);
        }
    }

    void namesThatAreSilentAreForgotten()
    {
        Limiter limiter;
        auto running = limiter.admit(token({1, 0, 0}), 0, kStart);
        for (int i = 0; i < 20'000; ++i)
            CPPUNIT_ASSERT(limiter.admit(std::vector<LimitKey>{{LimitScope::user, std::to_string(i), {1, 0, 0}}}, 0, kStart + i * 100));
        CPPUNIT_ASSERT(limiter.counted() < 8000);
        running->used(1, kStart + 2'000'000); // what runs is still there
        CPPUNIT_ASSERT(limiter.admit(token({1, 0, 0}), 0, kStart + 2'000'000));
    }

    void threadsNeverPassTogetherWhatOneMayNot()
    {
        Limiter limiter;
        const std::vector<LimitKey> keys{{LimitScope::token, "5", {0, 0, 4}}, {LimitScope::user, "2", {1000, 0, 0}}};
        std::atomic<int> passed{0}, running{0};
        std::atomic<bool> tooMany{false};
        std::vector<std::thread> threads;
        for (int n = 0; n < 16; ++n)
            threads.emplace_back([&] {
                for (int i = 0; i < 2000; ++i)
                {
                    const auto admitted = limiter.admit(keys, 1, kStart + i);
                    if (!admitted) continue;
                    if (++running > 4) tooMany = true;
                    ++passed;
                    --running;
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT(!tooMany);
        CPPUNIT_ASSERT_EQUAL(1000, passed.load());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimitsTest);
