#include "routing/plan.h"

#include "base/clock.h"

#include <cmath>
#include <cppunit/extensions/HelperMacros.h>
#include <iostream>
#include <map>
#include <set>

using namespace switchyard;
using namespace switchyard::routing;
using namespace switchyard::store;
using accounts::Caller;

class PlanTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PlanTest);
    CPPUNIT_TEST(randomNumbersFillTheirRange);
    CPPUNIT_TEST(prioritiesDescendAndEachChannelComesOnce);
    CPPUNIT_TEST(prioritiesBelowZeroCountToo);
    CPPUNIT_TEST(weightsAreSharesOfTheFirstPlace);
    CPPUNIT_TEST(theSecondPlaceIsDrawnFromTheRest);
    CPPUNIT_TEST(theLimitCutsTheEnd);
    CPPUNIT_TEST(unloadedProvidersAreLeftOut);
    CPPUNIT_TEST(nothingToTryIsSaid);
    CPPUNIT_TEST(aChosenChannelStandsAlone);
    CPPUNIT_TEST(modelsAreMappedPerChannel);
    CPPUNIT_TEST(aPlanCostsLittle);
    CPPUNIT_TEST_SUITE_END();

    Random random_{42};
    const IsLoaded all_ = [](const Channel&) { return true; };

    static Channel channel(int64_t id, int64_t priority = 0, uint32_t weight = 0)
    {
        Channel made;
        made.id = id;
        made.name = "c" + std::to_string(id);
        made.priority = priority;
        made.weight = weight;
        made.key = "key" + std::to_string(id);
        made.models = {"m"};
        made.groups = {"default"};
        return made;
    }

    static Caller callerOf(std::initializer_list<Channel> channels, std::optional<std::string> chosen = std::nullopt)
    {
        SnapshotBuilder builder;
        User user;
        user.id = 1;
        user.group = "default";
        ApiToken token;
        token.userId = 1;
        builder.add(user).add(token, "KEY");
        for (const Channel& made : channels)
            builder.add(made);
        Caller caller;
        caller.snapshot = builder.build(1);
        caller.token = caller.snapshot->tokenByKey("KEY");
        caller.user = caller.snapshot->user(1);
        caller.channel = std::move(chosen);
        return caller;
    }

    static std::string ids(const std::vector<Candidate>& candidates)
    {
        std::string text;
        for (const Candidate& candidate : candidates)
            text += (text.empty() ? "" : " ") + std::to_string(candidate.channel->id);
        return text;
    }

    static std::string refusal(const Result<std::vector<Candidate>, ApiError>& planned)
    {
        CPPUNIT_ASSERT(!planned);
        CPPUNIT_ASSERT_EQUAL(std::string("one_api_error"), planned.error().type);
        return std::to_string(planned.error().status) + " " + planned.error().code;
    }

public:
    void randomNumbersFillTheirRange()
    {
        std::map<uint64_t, int> seen;
        for (int i = 0; i < 30000; ++i)
            ++seen[random_.below(3)];
        CPPUNIT_ASSERT_EQUAL(size_t{3}, seen.size());
        for (const auto& [number, count] : seen)
            CPPUNIT_ASSERT_MESSAGE(std::to_string(number), number < 3 && std::abs(count - 10000) < 400);
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, random_.below(1));
    }

    void prioritiesDescendAndEachChannelComesOnce()
    {
        const Caller caller = callerOf({channel(1, 0), channel(2, 5), channel(3, 0), channel(4, 5), channel(5, -1)});
        std::set<std::string> orders;
        for (int i = 0; i < 200; ++i)
            orders.insert(ids(*plan(caller, "m", all_, random_)));
        CPPUNIT_ASSERT(orders == (std::set<std::string>{"2 4 1 3 5", "2 4 3 1 5", "4 2 1 3 5", "4 2 3 1 5"}));
    }

    void prioritiesBelowZeroCountToo() // relay.md 14, defect 5
    {
        const Caller caller = callerOf({channel(1, -2), channel(2, -1), channel(3, -3)});
        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("2 1 3"), ids(*plan(caller, "m", all_, random_)));
    }

    void weightsAreSharesOfTheFirstPlace()
    {
        const Caller caller = callerOf({channel(1, 0, 6), channel(2, 0, 3), channel(3, 0, 1), channel(4, 0, 0)});
        constexpr int kRounds = 44000;
        std::map<int64_t, int> first;
        for (int i = 0; i < kRounds; ++i)
            ++first[plan(caller, "m", all_, random_)->front().channel->id];
        const std::map<int64_t, double> shares{{1, 6 / 11.}, {2, 3 / 11.}, {3, 1 / 11.}, {4, 1 / 11.}}; // weight 0 is 1
        for (const auto& [id, share] : shares)
        {
            const double deviation = std::sqrt(kRounds * share * (1 - share));
            CPPUNIT_ASSERT_MESSAGE(std::to_string(id), std::abs(first[id] - kRounds * share) < 4 * deviation);
        }
    }

    void theSecondPlaceIsDrawnFromTheRest()
    {
        const Caller caller = callerOf({channel(1, 0, 1000), channel(2, 0, 3), channel(3, 0, 1)});
        int twoBeforeThree = 0, rounds = 0;
        for (int i = 0; i < 20000; ++i)
        {
            const auto planned = plan(caller, "m", all_, random_);
            if (planned->front().channel->id != 1) continue;
            ++rounds;
            twoBeforeThree += (*planned)[1].channel->id == 2;
        }
        CPPUNIT_ASSERT(rounds > 19000);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.75, double(twoBeforeThree) / rounds, 0.015);
    }

    void theLimitCutsTheEnd()
    {
        const Caller caller = callerOf({channel(1, 9), channel(2, 5), channel(3, 5), channel(4, 5), channel(5, 1)});
        std::set<std::string> orders;
        for (int i = 0; i < 100; ++i)
            orders.insert(ids(*plan(caller, "m", all_, random_, 2)));
        CPPUNIT_ASSERT(orders == (std::set<std::string>{"1 2", "1 3", "1 4"}));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(*plan(caller, "m", all_, random_, 1)));
    }

    void unloadedProvidersAreLeftOut()
    {
        Channel missing = channel(1, 9);
        missing.provider = "acme";
        const IsLoaded loaded = [](const Channel& c) { return c.provider != "acme" && c.type != 46; };
        CPPUNIT_ASSERT_EQUAL(std::string("2"), ids(*plan(callerOf({missing, channel(2)}), "m", loaded, random_)));

        const auto none = plan(callerOf({missing}), "m", loaded, random_);
        CPPUNIT_ASSERT_EQUAL(std::string("503 provider_not_loaded"), refusal(none));
        CPPUNIT_ASSERT_MESSAGE(none.error().message, none.error().message.find("`acme`") != std::string::npos);
        Channel numbered = channel(3);
        numbered.type = 46;
        const auto byNumber = plan(callerOf({numbered}), "m", loaded, random_);
        CPPUNIT_ASSERT_EQUAL(std::string("503 provider_not_loaded"), refusal(byNumber));
        CPPUNIT_ASSERT_MESSAGE(byNumber.error().message, byNumber.error().message.find("46") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("503 provider_not_loaded"),
                             refusal(plan(callerOf({missing}, "1"), "m", loaded, random_)));
    }

    void nothingToTryIsSaid()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("503 no_available_channel"), refusal(plan(callerOf({}), "m", all_, random_)));
        CPPUNIT_ASSERT_EQUAL(std::string("503 no_available_channel"),
                             refusal(plan(callerOf({channel(1)}), "M", all_, random_)));
        CPPUNIT_ASSERT_EQUAL(std::string("503 no_available_channel"),
                             refusal(plan(callerOf({channel(1)}), "", all_, random_)));
    }

    void aChosenChannelStandsAlone()
    {
        Channel disabled = channel(2);
        disabled.status = ChannelStatus::disabledAutomatically;
        Channel elsewhere = channel(3);
        elsewhere.groups = {"vip"};
        elsewhere.models = {"other"};
        Caller caller = callerOf({channel(1), disabled, elsewhere});
        const auto with = [&](const char* chosen)
        {
            caller.channel = chosen;
            return plan(caller, "m", all_, random_);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(*with("1")));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), ids(*with("3"))); // neither group nor model list is tested (relay.md 4)
        CPPUNIT_ASSERT_EQUAL(std::string("403 channel_disabled"), refusal(with("2")));
        for (const char* bad : {"9", "x", "", "1 ", "99999999999999999999"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bad, std::string("400 invalid_channel_id"), refusal(with(bad)));
    }

    void modelsAreMappedPerChannel()
    {
        Channel mapping = channel(1, 5);
        mapping.modelMapping = {{"m", "upstream-m"}, {"upstream-m", "never"}};
        const Caller caller = callerOf({mapping, channel(2)});
        const auto planned = plan(caller, "m", all_, random_);
        CPPUNIT_ASSERT_EQUAL(std::string("upstream-m"), std::string((*planned)[0].model));
        CPPUNIT_ASSERT_EQUAL(std::string("key1"), std::string((*planned)[0].key));
        CPPUNIT_ASSERT_EQUAL(std::string("m"), std::string((*planned)[1].model));
    }

    void aPlanCostsLittle()
    {
        const Caller caller = callerOf({channel(1, 5), channel(2, 5, 3), channel(3)});
        constexpr int kRounds = 200000;
        size_t candidates = 0;
        const int64_t began = steadyNanos();
        for (int i = 0; i < kRounds; ++i)
            candidates += plan(caller, "m", all_, random_)->size();
        const int64_t each = (steadyNanos() - began) / kRounds;
        std::cout << " (" << each << " ns)";
        CPPUNIT_ASSERT_EQUAL(size_t{3 * kRounds}, candidates);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(each), each < 20000); // 1000 in a release build; loose for sanitizers
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanTest);
