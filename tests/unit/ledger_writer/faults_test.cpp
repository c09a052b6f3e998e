// Every call fails once: a fixed load makes N calls of the books; each of them fails in each way, and the books are right.
#include "writer_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <iostream>

using namespace writer_fixture;
using ledger_model::Died;
using ledger_model::Fate;

class EveryCallFailsOnceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EveryCallFailsOnceTest);
    CPPUNIT_TEST(theBooksAreRightAfterwards);
    CPPUNIT_TEST_SUITE_END();

    struct Load
    {
        SimDatabase database = usual();
        std::vector<Numbered> records{settle(1, 30), settle(2, 12, kFree), {3, kNow, ProgressRecord{}}, settle(4, 7), settle(5, 1)};
        int calls = 0;
        int failing = -1; ///< this call ...
        Fate fate = Fate::goesWell;
        std::string call;
        bool answered = false;

        /// Does everything that is still to be done. Throws Died.
        void run()
        {
            Gateway gateway(database);
            gateway.books.setOracle([this](const char* name) {
                if (calls++ != failing) return Fate::goesWell;
                call = name;
                return fate == Fate::happensAndIsLost && call != "commit" ? Fate::goesWell : fate;
            });
            LedgerWriter& writer = gateway.writer;
            until([&] { return writer.open(database.positions.empty(), kNow); });
            writer.countBacklog(records);
            until([&] { return writer.apply(std::span(records).first(3), kNow); });
            if (!answered)
            {
                JobAnswer answer;
                until([&] { return writer.run(topUp(500), kNow, answer); });
                CPPUNIT_ASSERT(answer.outcome == JobAnswer::Outcome::done);
                answered = true;
            }
            if (database.foreignWrites == 3) database.foreign(AccountKind::user, kUser, 3);
            until([&] { return writer.look(kNow); });
            until([&] { return writer.apply(records, kNow); });
            // Memory and columns agree.
            CPPUNIT_ASSERT_EQUAL(database.accounts.at({AccountKind::token, kToken}).balance, gateway.token()->available());
            CPPUNIT_ASSERT_EQUAL(database.accounts.at({AccountKind::user, kUser}).balance, gateway.user()->available());
        }


        template <class Work>
        void until(Work work)
        {
            for (int tries = 0; tries < 4; ++tries)
            {
                const Step step = work();
                CPPUNIT_ASSERT(step != Step::fenced);
                if (step == Step::done) return;
            }
            CPPUNIT_FAIL("it fails again and again");
        }
    };

public:
    void theBooksAreRightAfterwards()
    {
        Load plain;
        plain.run();
        const int calls = plain.calls;
        CPPUNIT_ASSERT(calls > 30);
        std::cout << " (" << calls << " calls)";
        for (const Fate fate : {Fate::isBusy, Fate::isLost, Fate::isRejected, Fate::happensAndIsLost, Fate::diesBefore, Fate::diesAfter})
            for (int k = 0; k < calls; ++k)
            {
                Load load;
                load.failing = k;
                load.fate = fate;
                try
                {
                    load.run();
                }
                catch (const Died&)
                {
                    // What others changed just before a death nobody has entered: only an audit, which adds up everything,
                    // can find it. Nothing else may be missing.
                    const SimAccount& user = load.database.accounts.at({AccountKind::user, kUser});
                    const int64_t missing = user.opened ? user.balance - (user.entries - user.charges) : 0;
                    CPPUNIT_ASSERT(missing == 0 || missing == 3);
                    load.database.audit();
                    load.run(); // the next process
                }
                const std::string where = load.call + ", call " + std::to_string(k);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string(), audit(load.database));
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, size_t{4}, load.database.rows.size());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, uint64_t{5}, load.database.positions.at("j"));
                int topUps = 0;
                for (const Entry& entry : load.database.entries)
                    topUps += entry.cause == "topup";
                // A death in the job leaves the one who asked in doubt, and he asks again.
                const bool twiceAsked = fate == Fate::diesAfter && load.call == "commit";
                CPPUNIT_ASSERT_MESSAGE(where, topUps == 1 || (twiceAsked && topUps == 2));
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, int64_t{1003 + 500 * topUps - 50},
                                             load.database.accounts.at({AccountKind::user, kUser}).balance);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, int64_t{400 - 38}, load.database.accounts.at({AccountKind::token, kToken}).balance);
            }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(EveryCallFailsOnceTest);
