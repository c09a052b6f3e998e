// Every interleaving of a small world, many random walks through a larger one, and the same with each planted fault.
#include "world.h"

#include <cppunit/extensions/HelperMacros.h>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <unordered_set>

using namespace ledger_model;

namespace
{

constexpr int64_t kUser = 1, kToken = 5;

/// 2 accounts, 3 requests, 1 top-up, 1 edit, 2 deaths.
Setup small()
{
    Setup setup;
    setup.accounts = {{AccountKind::user, kUser, 8}, {AccountKind::token, kToken, 7}};
    setup.requests = {{kUser, kToken, true, true, 1, 1, 2, 2}, {kUser, kToken, true, false, 1, 2, 2, 3}, {kUser, 0, false, false, 0.5, 1, 2, 2}};
    setup.topUp = 5;
    setup.edit = 9;
    setup.topUps = setup.edits = 1;
    setup.crashes = 2;
    return setup;
}

struct Explored
{
    std::string wrong;
    size_t states = 0, steps = 0, rests = 0;
};

/// All states that can be reached, each once. Stops at the first that is wrong, and says how to get there.
class Explorer
{
public:
    /// `withFates`: the process dies, and the database fails, within the writer's steps, too, and not only between steps.
    explicit Explorer(bool withFates, size_t mostStates = 20'000'000) : withFates_(withFates), mostStates_(mostStates) {}

    Explored run(const Setup& setup)
    {
        const World world(setup);
        visit(world);
        return found_;
    }

private:
    bool visit(const World& world)
    {
        if (world.atRest()) ++found_.rests;
        for (const Action& action : world.enabled(withFates_))
        {
            World next(world);
            path_.push_back(nameOf(action));
            ++found_.steps;
            if (const std::string wrong = next.perform(action); !wrong.empty())
            {
                found_.wrong = wrong + ":";
                for (const std::string& step : path_)
                    found_.wrong += " " + step;
                return false;
            }
            if (fresh(next.key()))
            {
                if (++found_.states >= mostStates_)
                {
                    found_.wrong = "more states than expected";
                    return false;
                }
                if (!visit(next)) return false;
            }
            path_.pop_back();
        }
        return true;
    }

    bool fresh(const std::string& key)
    {
        // Two independent hashes: that different states are taken for one is out of the question.
        const uint64_t one = std::hash<std::string>{}(key);
        uint64_t two = 1469598103934665603u;
        for (const char c : key)
            two = (two ^ static_cast<unsigned char>(c)) * 1099511628211u;
        return seen_.emplace(Pair{one, two}).second;
    }

    struct Pair
    {
        uint64_t one, two;
        bool operator==(const Pair&) const = default;
    };
    struct Hash
    {
        size_t operator()(const Pair& pair) const noexcept { return pair.one ^ (pair.two << 1); }
    };
    bool withFates_;
    size_t mostStates_;
    std::unordered_set<Pair, Hash> seen_;
    std::vector<std::string> path_;
    Explored found_;
};

RequestPlan randomPlan(std::mt19937_64& random)
{
    const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
    RequestPlan plan;
    plan.user = 1 + below(2);
    plan.token = below(2) == 0 ? 0 : 4 + plan.user;
    plan.limited = plan.token != 0 && below(3) != 0;
    plan.stream = below(2) == 0;
    plan.ratio = below(4) == 0 ? 0.3 : 1;
    plan.prompt = 1 + below(5);
    plan.bound = 1 + below(8);
    plan.completion = below(6) == 0 ? plan.bound + below(4) : below(static_cast<uint64_t>(plan.bound) + 1);
    return plan;
}

/// One walk; empty: nothing was wrong.
std::string walk(uint64_t seed, int steps, Planted planted, bool journalFile)
{
    std::mt19937_64 random(seed);
    Setup setup;
    setup.planted = planted;
    setup.journalFile = journalFile;
    setup.accounts = {{AccountKind::user, 1, 60}, {AccountKind::user, 2, 25}, {AccountKind::token, 5, 30}, {AccountKind::token, 6, 20}};
    for (int i = 0; i < 5; ++i)
        setup.requests.push_back(randomPlan(random));
    setup.topUp = 40;
    setup.edit = 25;
    setup.topUps = setup.edits = setup.foreigns = setup.crashes = setup.faults = 1'000'000;
    const bool lowering = random() % 4 == 0;
    World world(setup);
    std::vector<std::string> path;
    const auto failed = [&](const std::string& wrong) {
        std::string text = "seed " + std::to_string(seed) + ": " + wrong + ":";
        for (size_t i = path.size() > 40 ? path.size() - 40 : 0; i < path.size(); ++i)
            text += " " + path[i];
        return text;
    };
    for (int i = 0; i < steps; ++i)
    {
        const auto actions = world.enabled(false);
        Action action = actions[random() % actions.size()];
        using Kind = Action::Kind;
        // Rare things stay rare, or nothing would ever be finished between them.
        if (action.kind == Kind::crash && random() % 4 != 0) continue;
        if (action.kind == Kind::edit && (!lowering || random() % 4 != 0)) continue;
        if (action.kind == Kind::foreign)
        {
            if (random() % 4 != 0) continue;
            action.amount = 1 + static_cast<int64_t>(random() % 9);
            if (lowering && random() % 2 == 0) action.amount = -action.amount;
        }
        if (random() % 8 == 0)
        {
            constexpr Fate kFates[] = {Fate::isBusy, Fate::isLost, Fate::happensAndIsLost, Fate::diesBefore, Fate::diesAfter};
            action.fate = kFates[random() % std::size(kFates)];
            action.call = static_cast<int>(random() % 14);
        }
        path.push_back(nameOf(action));
        if (const std::string wrong = world.perform(action); !wrong.empty()) return failed(wrong);
        const int request = static_cast<int>(random() % setup.requests.size());
        if (world.ended(request)) world.renew(request, randomPlan(random));
    }
    path.push_back("rest");
    const std::string wrong = world.comeToRest();
    return wrong.empty() ? "" : failed(wrong);
}

/// The number in an environment variable; for longer runs.
uint64_t wanted(const char* name, uint64_t otherwise)
{
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

class ModelTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ModelTest);
    CPPUNIT_TEST(everyInterleavingKeepsTheBooks);
    CPPUNIT_TEST(everyInterleavingWithAFaultKeepsTheBooks);
    CPPUNIT_TEST(randomWalksKeepTheBooks);
    CPPUNIT_TEST(randomWalksOverTheJournalFileKeepTheBooks);
    CPPUNIT_TEST(aTopUpAddedToMemoryIsFound);
    CPPUNIT_TEST(aPositionInAnotherTransactionIsFound);
    CPPUNIT_TEST(rowsInAnotherTransactionAreFound);
    CPPUNIT_TEST(aRestartThatIgnoresTheJournalIsFound);
    CPPUNIT_TEST(anAnswerBeforeItsRecordIsFound);
    CPPUNIT_TEST(aTruncatedHoldIsFound);
    CPPUNIT_TEST_SUITE_END();

    static void mustFind(Planted planted, bool withFates = false)
    {
        Setup setup = small();
        setup.planted = planted;
        if (withFates) setup.requests.erase(setup.requests.begin());
        const Explored explored = Explorer(withFates).run(setup);
        CPPUNIT_ASSERT_MESSAGE("not found by every interleaving", !explored.wrong.empty());
        CPPUNIT_ASSERT(explored.wrong != "more states than expected");
        std::string wrong;
        for (uint64_t seed = 1; seed <= 200 && wrong.empty(); ++seed)
            wrong = walk(seed, 1000, planted, false);
        CPPUNIT_ASSERT_MESSAGE("not found by 200 random walks", !wrong.empty());
    }

public:
    void everyInterleavingKeepsTheBooks()
    {
        const Explored explored = Explorer(false).run(small());
        std::cout << " (" << explored.states << " states, " << explored.steps << " steps, " << explored.rests << " at rest)";
        CPPUNIT_ASSERT(explored.states > 10'000 && explored.rests > 100);
    }

    void everyInterleavingWithAFaultKeepsTheBooks()
    {
        // Fewer requests, but the database may be lost once at any call, and a commit may have happened or not.
        Setup setup = small();
        setup.requests.erase(setup.requests.begin());
        setup.crashes = setup.faults = 1;
        setup.foreigns = 1;
        const Explored explored = Explorer(true).run(setup);
        CPPUNIT_ASSERT_EQUAL(std::string(), explored.wrong);
        std::cout << " (" << explored.states << " states, " << explored.steps << " steps)";
        CPPUNIT_ASSERT(explored.states > 1'000 && explored.rests > 100);
    }

    void randomWalksKeepTheBooks()
    {
        const uint64_t first = wanted("LEDGER_MODEL_SEED", 1), count = wanted("LEDGER_MODEL_SEEDS", 500);
        for (uint64_t seed = first; seed < first + count; ++seed)
            CPPUNIT_ASSERT_EQUAL(std::string(), walk(seed, 1000, Planted::none, false));
    }

    void randomWalksOverTheJournalFileKeepTheBooks()
    {
        const uint64_t first = wanted("LEDGER_MODEL_SEED", 1), count = wanted("LEDGER_MODEL_DISK_SEEDS", 200);
        for (uint64_t seed = first; seed < first + count; ++seed)
            CPPUNIT_ASSERT_EQUAL(std::string(), walk(seed, 500, Planted::none, true));
    }

    void aTopUpAddedToMemoryIsFound() { mustFind(Planted::topUpInMemory); }
    void aPositionInAnotherTransactionIsFound() { mustFind(Planted::positionApart, true); }
    void rowsInAnotherTransactionAreFound() { mustFind(Planted::rowsApart, true); }
    void aRestartThatIgnoresTheJournalIsFound() { mustFind(Planted::restartIgnoresJournal); }
    void anAnswerBeforeItsRecordIsFound() { mustFind(Planted::answeredBeforeRecord); }
    void aTruncatedHoldIsFound() { mustFind(Planted::truncatedHold); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ModelTest);
