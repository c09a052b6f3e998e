#include "ledger/explain.h"

#include "ledger/row_detail.h"
#include "store/log_row.h"

#include <cppunit/extensions/HelperMacros.h>
#include <random>

using namespace switchyard::ledger;
using switchyard::store::LogRow;

class ExplainTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ExplainTest);
    CPPUNIT_TEST(aRowThatIsRightAgrees);
    CPPUNIT_TEST(onePointMoreIsSeen);
    CPPUNIT_TEST(unpaidPointsCount);
    CPPUNIT_TEST(tokensThatDoNotMatchAreSeen);
    CPPUNIT_TEST(refundsAndFixedPrices);
    CPPUNIT_TEST(rowsOfOthersAreNotExplained);
    CPPUNIT_TEST(aThousandRandomRowsAgree);
    CPPUNIT_TEST_SUITE_END();

    RowDetail detail_;
    LogRow row()
    {
        detail_.price.model = 2.5;
        detail_.price.completion = 4;
        detail_.usage.prompt = 1000;
        detail_.usage.completion = 500;
        LogRow made;
        made.journalSeq = 7;
        made.promptTokens = 1000;
        made.completionTokens = 500;
        made.branch = "usage";
        made.usageSource = "reported";
        made.quota = 7500; // billing.md 6
        made.detail = writeRowDetail(detail_);
        return made;
    }
    static void expect(Explanation::Verdict verdict, const LogRow& row) { CPPUNIT_ASSERT(explainRow(row).verdict == verdict); }

public:
    void aRowThatIsRightAgrees()
    {
        const Explanation explanation = explainRow(row());
        CPPUNIT_ASSERT_EQUAL(std::string(), explanation.why);
        CPPUNIT_ASSERT_EQUAL(int64_t{7500}, explanation.due);
        CPPUNIT_ASSERT(explanation.lines.size() >= 3);
    }
    void onePointMoreIsSeen()
    {
        LogRow wrong = row();
        wrong.quota += 1;
        expect(Explanation::Verdict::differs, wrong);
    }
    void unpaidPointsCount()
    {
        LogRow poor = row();
        poor.quota = 7000;
        expect(Explanation::Verdict::differs, poor);
        poor.unpaid = 500;
        expect(Explanation::Verdict::agrees, poor);
    }
    void tokensThatDoNotMatchAreSeen()
    {
        LogRow wrong = row();
        wrong.completionTokens = 499;
        expect(Explanation::Verdict::differs, wrong);
    }
    void refundsAndFixedPrices()
    {
        LogRow refunded = row();
        refunded.usageSource = "none";
        expect(Explanation::Verdict::differs, refunded);
        refunded.quota = 0;
        expect(Explanation::Verdict::agrees, refunded);
        LogRow fixed = row();
        detail_.fixedPrice = 12500;
        fixed.detail = writeRowDetail(detail_);
        fixed.usageSource = "fixed";
        fixed.quota = 12500;
        expect(Explanation::Verdict::agrees, fixed);
    }
    void rowsOfOthersAreNotExplained()
    {
        LogRow foreign = row();
        foreign.journalSeq = 0;
        expect(Explanation::Verdict::unexplained, foreign);
        LogRow bare = row();
        bare.detail.clear();
        expect(Explanation::Verdict::unexplained, bare);
    }
    // The expectation is written out here, and not asked of charge(): all parts have ratio 1.
    void aThousandRandomRowsAgree()
    {
        std::mt19937_64 random(7);
        for (int i = 0; i < 1000; ++i)
        {
            LogRow one = row();
            detail_ = {};
            detail_.price.model = static_cast<double>(random() % 40 + 1) / 8;
            detail_.price.group = static_cast<double>(random() % 4 + 1) / 4;
            detail_.price.completion = static_cast<double>(random() % 8);
            detail_.usage.prompt = static_cast<int64_t>(random() % 5000 + 1);
            detail_.usage.completion = static_cast<int64_t>(random() % 5000);
            one.promptTokens = detail_.usage.prompt;
            one.completionTokens = detail_.usage.completion;
            one.detail = writeRowDetail(detail_);
            // In 32nds of a point, exactly.
            const int64_t weighted = one.promptTokens + one.completionTokens * static_cast<int64_t>(detail_.price.completion);
            const int64_t parts = weighted * static_cast<int64_t>(detail_.price.model * 8) * static_cast<int64_t>(detail_.price.group * 4);
            one.quota = (parts + 31) / 32;
            expect(Explanation::Verdict::agrees, one);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExplainTest);
