// Vectors of the demo model.
#include "demo_in_hand.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <cstring>

using namespace switchyard::testing;
using switchyard::sdk::JsonView;

class EmbeddingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EmbeddingTest);
    CPPUNIT_TEST(vectorsAreDeterministicUnits);
    CPPUNIT_TEST(dimensionsAreKept);
    CPPUNIT_TEST(textsThatShareWordsAreClose);
    CPPUNIT_TEST(base64HoldsTheSameNumbers);
    CPPUNIT_TEST(inputMayBeTokens);
    CPPUNIT_TEST(badInputsNameTheField);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { demo_ = std::make_unique<DemoInHand>(); }
    void tearDown() override { demo_.reset(); }

    void vectorsAreDeterministicUnits()
    {
        const std::string first = answer(R"({"model":"alias","input":["a cat","","a cat"]})");
        CPPUNIT_ASSERT(switchyard::sdk::checkJson(first).problem == nullptr);
        const JsonView data = JsonView(first)["data"];
        for (size_t i = 0; i < 3; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(static_cast<int64_t>(i), data.at(i)["index"].integer());
            const auto vector = numbers(data.at(i)["embedding"]);
            CPPUNIT_ASSERT_EQUAL(size_t{256}, vector.size());
            CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0, dot(vector, vector), 1e-5);
        }
        CPPUNIT_ASSERT(!data.at(3));
        CPPUNIT_ASSERT(data.at(0)["embedding"].json() == data.at(2)["embedding"].json());
        CPPUNIT_ASSERT(data.at(0)["embedding"].json() != data.at(1)["embedding"].json());
        CPPUNIT_ASSERT_EQUAL(first, answer(R"({"model":"alias","input":["a cat","","a cat"]})"));
        CPPUNIT_ASSERT_EQUAL(JsonView(first)["usage"]["prompt_tokens"].integer(),
                             JsonView(first)["usage"]["total_tokens"].integer());
    }

    void dimensionsAreKept()
    {
        for (const size_t dimensions : {size_t{1}, size_t{3}, size_t{1536}, size_t{4096}})
        {
            const std::string got = answer(R"({"input":"x","dimensions":)" + std::to_string(dimensions) + "}");
            const auto vector = numbers(JsonView(got)["data"].at(0)["embedding"]);
            CPPUNIT_ASSERT_EQUAL(dimensions, vector.size());
            CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0, dot(vector, vector), 1e-5);
        }
    }

    void textsThatShareWordsAreClose()
    {
        const std::string got = answer(
            R"({"input":["The cat sits on the mat.","A cat on a mat","Quarterly revenue fell"],"dimensions":512})");
        const JsonView data = JsonView(got)["data"];
        const auto cat = numbers(data.at(0)["embedding"]), mat = numbers(data.at(1)["embedding"]),
                   money = numbers(data.at(2)["embedding"]);
        CPPUNIT_ASSERT(dot(cat, mat) > 0.3);
        CPPUNIT_ASSERT(std::abs(dot(cat, money)) < 0.2);
    }

    void base64HoldsTheSameNumbers()
    {
        const std::string plain = answer(R"({"input":"x y z","dimensions":7})");
        const std::string packed = answer(R"({"input":"x y z","dimensions":7,"encoding_format":"base64"})");
        const std::string bytes = decoded(JsonView(packed)["data"].at(0)["embedding"].text());
        const auto vector = numbers(JsonView(plain)["data"].at(0)["embedding"]);
        CPPUNIT_ASSERT_EQUAL(vector.size() * 4, bytes.size());
        for (size_t i = 0; i < vector.size(); ++i)
        {
            float value;
            std::memcpy(&value, bytes.data() + i * 4, 4);
            CPPUNIT_ASSERT_EQUAL(static_cast<float>(vector[i]), value);
        }
    }

    void inputMayBeTokens()
    {
        CPPUNIT_ASSERT(JsonView(answer(R"({"input":[1,2,3]})"))["data"].at(0));
        CPPUNIT_ASSERT(!JsonView(answer(R"({"input":[1,2,3]})"))["data"].at(1));
        CPPUNIT_ASSERT(JsonView(answer(R"({"input":[[1,2],[3]]})"))["data"].at(1));
    }

    void badInputsNameTheField()
    {
        const std::pair<const char*, const char*> rows[] = {{R"({})", "input"},
                                                            {R"({"input":[]})", "input"},
                                                            {R"({"input":null})", "input"},
                                                            {R"({"input":"x","dimensions":0})", "dimensions"},
                                                            {R"({"input":"x","dimensions":4097})", "dimensions"}};
        std::string many = R"({"dimensions":4096,"input":["")";
        for (int i = 0; i < 256; ++i)
            many += R"(,"")";
        CPPUNIT_ASSERT_EQUAL(std::string("dimensions"), run(many + "]}").fails.at(0).param);
        for (const auto& [body, param] : rows)
        {
            const Actions did = run(body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, size_t{1}, did.fails.size());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string(param), did.fails[0].param);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, SWY_CAUSE_BAD_REQUEST, did.fails[0].cause);
        }
    }

private:
    Actions run(const std::string& body)
    {
        StartWith with;
        with.operation = SWY_OP_EMBEDDINGS;
        with.body = body;
        return demo_->start(with)->actions();
    }
    std::string answer(const std::string& body)
    {
        const Actions did = run(body);
        CPPUNIT_ASSERT_MESSAGE(body, did.finished && did.fails.empty());
        CPPUNIT_ASSERT(did.used(SWY_UNIT_INPUT) > 0);
        return did.emitted;
    }
    static std::vector<double> numbers(JsonView list)
    {
        std::vector<double> all;
        for (const JsonView each : list.elements())
            all.push_back(each.number());
        return all;
    }
    static double dot(const std::vector<double>& a, const std::vector<double>& b)
    {
        double sum = 0;
        for (size_t i = 0; i < a.size(); ++i)
            sum += a[i] * b[i];
        return sum;
    }
    static std::string decoded(const std::string& text)
    {
        const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string out;
        uint32_t bits = 0;
        int have = 0;
        for (const char c : text)
        {
            if (c == '=') break;
            bits = (bits << 6) | static_cast<uint32_t>(alphabet.find(c));
            have += 6;
            if (have >= 8)
            {
                have -= 8;
                out += static_cast<char>((bits >> have) & 0xFF);
            }
        }
        return out;
    }

    std::unique_ptr<DemoInHand> demo_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(EmbeddingTest);
