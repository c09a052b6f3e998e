#include "ledger/tokens/pre_token.h"
#include "ledger/tokens/token_counter.h"
#include "ledger/tokens/unicode_class.h"

#include <cppunit/extensions/HelperMacros.h>
#include <random>
#include <simdjson.h>
#include <thread>

using namespace switchyard::ledger;

namespace
{

struct Expectation
{
    std::string text;
    std::array<std::vector<uint32_t>, kEncodings> ranks;
};

/// What tiktoken itself says about the tricky strings (make_token_expectations.py).
const std::vector<Expectation>& expectations()
{
    static const std::vector<Expectation> all = [] {
        std::vector<Expectation> read;
        simdjson::dom::parser parser;
        const simdjson::dom::document_stream lines = parser.load_many(LEDGER_TEST_DATA "/token_expectations.jsonl");
        for (simdjson::dom::element line : const_cast<simdjson::dom::document_stream&>(lines))
        {
            Expectation e;
            e.text = std::string(std::string_view(line.at(0)));
            for (size_t i = 0; i < kEncodings; ++i)
                for (const uint64_t rank : simdjson::dom::array(line.at(i + 1)))
                    e.ranks[i].push_back(static_cast<uint32_t>(rank));
            read.push_back(std::move(e));
        }
        return read;
    }();
    return all;
}

constexpr Encoding kAll[] = {Encoding::cl100k, Encoding::o200k, Encoding::p50k, Encoding::r50k};

Vocabularies& vocabularies()
{
    static Vocabularies all;
    return all;
}

std::string repeated(std::string_view unit, size_t times)
{
    std::string text;
    for (size_t i = 0; i < times; ++i)
        text += unit;
    return text;
}

} // namespace

class TokenTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TokenTest);
    CPPUNIT_TEST(nothingIsUnpackedBeforeTheFirstCount);
    CPPUNIT_TEST(ranksEqualTheReference);
    CPPUNIT_TEST(everyTokenIsOneToken);
    CPPUNIT_TEST(textCutInOneCharacterCountsAsItsBytes);
    CPPUNIT_TEST(everyCutGivesTheCountOfTheWhole);
    CPPUNIT_TEST(countAsksNothingOfWhatFollows);
    CPPUNIT_TEST(rubbishIsCountedAndCutAlike);
    CPPUNIT_TEST(preTokensCoverTheTextAndAreBounded);
    CPPUNIT_TEST(aMillionEqualLettersAreQuickAndNotKept);
    CPPUNIT_TEST(longRunsOfAnyKindAreLinear);
    CPPUNIT_TEST(threadsUnpackOnce);
    CPPUNIT_TEST(approximationIsOfBytes);
    CPPUNIT_TEST_SUITE_END();

public:
    void nothingIsUnpackedBeforeTheFirstCount()
    {
        Vocabularies fresh;
        TokenCounter counter(fresh, Encoding::r50k);
        counter.feed("hello");
        CPPUNIT_ASSERT(!fresh.ready(Encoding::r50k));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, counter.count());
        CPPUNIT_ASSERT(fresh.ready(Encoding::r50k));
        CPPUNIT_ASSERT(!fresh.ready(Encoding::o200k));
        CPPUNIT_ASSERT_EQUAL(size_t{0}, countTokens(fresh, Encoding::o200k, ""));
        CPPUNIT_ASSERT(!fresh.ready(Encoding::o200k));
    }

    void ranksEqualTheReference()
    {
        CPPUNIT_ASSERT(expectations().size() > 200);
        for (const Expectation& e : expectations())
            for (const Encoding encoding : kAll)
            {
                const bool equal = encodeText(vocabularies(), encoding, e.text) == e.ranks[static_cast<size_t>(encoding)];
                CPPUNIT_ASSERT_MESSAGE(std::string(nameOf(encoding)) + ": " + e.text, equal);
                CPPUNIT_ASSERT_EQUAL(e.ranks[static_cast<size_t>(encoding)].size(),
                                     countTokens(vocabularies(), encoding, e.text));
            }
    }

    void everyTokenIsOneToken()
    {
        for (const Encoding encoding : kAll)
        {
            const RankTable table = unpackRanks(encoding);
            const Vocabulary& vocabulary = vocabularies().of(encoding);
            const char* start = reinterpret_cast<const char*>(table.bytes.data());
            std::vector<uint32_t> ranks;
            for (uint32_t token = 0; token < table.lengths.size(); start += table.lengths[token++])
            {
                if (table.lengths[token] == 0) continue; // p50k's gap
                ranks.clear();
                vocabulary.encode({start, table.lengths[token]}, ranks);
                CPPUNIT_ASSERT_EQUAL(size_t{1}, ranks.size());
                CPPUNIT_ASSERT_EQUAL(token, ranks[0]);
            }
        }
    }

    void textCutInOneCharacterCountsAsItsBytes()
    {
        // tiktoken's own vector: a blank, a letter and the first byte of another are one token.
        const std::vector<uint32_t> ranks = encodeText(vocabularies(), Encoding::cl100k, "\x20\xEC\x8B\xA4\xED");
        CPPUNIT_ASSERT_EQUAL(size_t{1}, ranks.size());
        CPPUNIT_ASSERT_EQUAL(uint32_t{62085}, ranks[0]);
    }

    /// Feeds `text` in pieces of random sizes up to `most`.
    static size_t countInPieces(Encoding encoding, std::string_view text, size_t most, std::mt19937& random)
    {
        TokenCounter counter(vocabularies(), encoding);
        while (!text.empty())
        {
            const size_t size = std::min<size_t>(text.size(), 1 + random() % most);
            counter.feed(text.substr(0, size));
            text.remove_prefix(size);
        }
        return counter.count();
    }

    void everyCutGivesTheCountOfTheWhole()
    {
        std::mt19937 random(1);
        for (const Encoding encoding : kAll)
        {
            std::string all;
            for (const Expectation& e : expectations())
            {
                all += e.text;
                // Filled up beyond the size from which the counter looks at what it has.
                const std::string text = e.text + repeated(e.text, 150 / e.text.size() + 1);
                const size_t whole = countTokens(vocabularies(), encoding, text);
                for (size_t cut = 0; cut <= std::min<size_t>(text.size(), 200); ++cut)
                {
                    TokenCounter counter(vocabularies(), encoding);
                    counter.feed(std::string_view(text).substr(0, cut));
                    counter.feed(std::string_view(text).substr(cut));
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, whole, counter.count());
                }
                for (const size_t most : {size_t{1}, size_t{3}, size_t{40}})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, whole, countInPieces(encoding, text, most, random));
            }
            const size_t whole = countTokens(vocabularies(), encoding, all);
            for (const size_t most : {1, 2, 7, 100, 1000})
                CPPUNIT_ASSERT_EQUAL(whole, countInPieces(encoding, all, most, random));
        }
    }

    void countAsksNothingOfWhatFollows()
    {
        for (const Expectation& e : expectations())
        {
            TokenCounter counter(vocabularies(), Encoding::o200k);
            for (size_t at = 0; at < std::min<size_t>(e.text.size(), 300); ++at)
            {
                counter.feed(std::string_view(e.text).substr(at, 1));
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    e.text, countTokens(vocabularies(), Encoding::o200k, std::string_view(e.text).substr(0, at + 1)),
                    counter.count());
            }
        }
    }

    void rubbishIsCountedAndCutAlike()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 200; ++round)
        {
            std::string text;
            for (int i = 0; i < 400; ++i)
                text += random() % 3 == 0 ? "\xE4\xB8\xED \xF0\xC2" "A"[random() % 7] : static_cast<char>(random());
            for (const Encoding encoding : kAll)
            {
                const std::vector<uint32_t> ranks = encodeText(vocabularies(), encoding, text);
                CPPUNIT_ASSERT(!ranks.empty() && ranks.size() <= text.size());
                CPPUNIT_ASSERT_EQUAL(ranks.size(), countInPieces(encoding, text, 9, random));
            }
        }
    }

    void preTokensCoverTheTextAndAreBounded()
    {
        std::string text;
        for (const Expectation& e : expectations())
            text += e.text;
        text += repeated("\xE4\xB8\xAD", 30000) + repeated(" ", 70000);
        for (const Encoding encoding : kAll)
        {
            size_t covered = 0;
            while (covered < text.size())
            {
                const PreToken piece = firstPreToken(encoding, std::string_view(text).substr(covered));
                CPPUNIT_ASSERT(piece.length > 0 && piece.length <= kMaxPreToken);
                covered += piece.length;
            }
            CPPUNIT_ASSERT_EQUAL(text.size(), covered);
        }
    }

    void aMillionEqualLettersAreQuickAndNotKept()
    {
        const std::string text(1'000'000, 'x');
        for (const Encoding encoding : kAll)
        {
            CPPUNIT_ASSERT_EQUAL(size_t{125'000}, countTokens(vocabularies(), encoding, text)); // x by eights
            TokenCounter counter(vocabularies(), encoding);
            for (size_t at = 0; at < text.size(); at += 100)
            {
                counter.feed(std::string_view(text).substr(at, 100));
                CPPUNIT_ASSERT(counter.held() <= 2 * kMaxPreToken + 100);
            }
            CPPUNIT_ASSERT_EQUAL(size_t{125'000}, counter.count());
        }
    }

    void longRunsOfAnyKindAreLinear()
    {
        // Each is the worst case of a rule: held back blanks, lines without an end, words without a small letter. A
        // quadratic step would run into the suite's time limit here.
        for (const std::string_view unit : {" ", "\n ", "A", "\xE4\xB8\xAD" "A", "ab", "=", "\xCC\x81", "\xCC\x81" "A", "'", "'s", "0", "\xFF"})
        {
            const std::string text = repeated(unit, 300'000 / unit.size());
            std::mt19937 random(3);
            for (const Encoding encoding : kAll)
                CPPUNIT_ASSERT_EQUAL(countTokens(vocabularies(), encoding, text),
                                     countInPieces(encoding, text, 30, random));
        }
    }

    void threadsUnpackOnce()
    {
        Vocabularies fresh;
        std::array<const Vocabulary*, 4> seen{};
        std::array<size_t, 4> counts{};
        std::vector<std::thread> threads;
        for (size_t i = 0; i < seen.size(); ++i)
            threads.emplace_back([&, i] {
                seen[i] = &fresh.of(Encoding::r50k);
                counts[i] = countTokens(fresh, Encoding::r50k, "hello world");
            });
        for (std::thread& thread : threads)
            thread.join();
        for (size_t i = 0; i < seen.size(); ++i)
        {
            CPPUNIT_ASSERT_EQUAL(seen[0], seen[i]);
            CPPUNIT_ASSERT_EQUAL(size_t{2}, counts[i]);
        }
    }

    void approximationIsOfBytes()
    {
        CPPUNIT_ASSERT_EQUAL(size_t{0}, approximateTokens("ab"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, approximateTokens("abc"));
        CPPUNIT_ASSERT_EQUAL(size_t{38}, approximateTokens(std::string(100, 'a')));
        CPPUNIT_ASSERT_EQUAL(size_t{2}, approximateTokens("\xE4\xB8\xAD\xE6\x96\x87"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenTest);
