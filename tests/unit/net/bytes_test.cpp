// Chunked coding, compression, bodies and what is written: bytes without sockets.
#include "net/body_intake.h"
#include "net/chunked.h"
#include "net/http_writer.h"
#include "net/inflate.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <zlib.h>

using namespace switchyard::net;

namespace
{

std::string deflated(std::string_view plain, int windowBits)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
    std::string out(compressBound(plain.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct Decoded
{
    std::string body;
    std::string rest;
    bool ended = false;
    bool failed = false;
};

Decoded decode(const std::string& wire, size_t cut)
{
    ChunkedDecoder decoder;
    Decoded out;
    for (std::string part : {wire.substr(0, cut), wire.substr(cut)})
    {
        const auto progress = decoder.decode(part.data(), part.size());
        out.body.append(part.data(), progress.body);
        out.rest.append(part.substr(progress.consumed));
    }
    out.ended = decoder.ended();
    out.failed = decoder.failed();
    return out;
}

std::string inflateAll(Encoding encoding, const std::string& wire, size_t step, bool& complete)
{
    Inflater inflater(encoding);
    std::string out;
    char buffer[100];
    for (size_t at = 0; at < wire.size(); at += step)
    {
        std::string_view input = std::string_view(wire).substr(at, step);
        for (;;)
        {
            const auto progress = inflater.run(input, buffer, sizeof(buffer));
            CPPUNIT_ASSERT(!progress.failed);
            out.append(buffer, progress.produced);
            input.remove_prefix(progress.consumed);
            if (input.empty() && progress.produced < sizeof(buffer)) break;
        }
    }
    complete = inflater.complete();
    return out;
}

} // namespace

class BytesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BytesTest);
    CPPUNIT_TEST(chunksDecodeAlikeAtEveryCut);
    CPPUNIT_TEST(badChunksAreRefusedAtEveryCut);
    CPPUNIT_TEST(compressedBytesComeOutAlikeInAnyPieces);
    CPPUNIT_TEST(brokenCompressionIsRefused);
    CPPUNIT_TEST(bodiesArePaddedInMemoryAndInFiles);
    CPPUNIT_TEST(aBombStopsAtTheLimit);
    CPPUNIT_TEST(answerHeadsCannotBeSplit);
    CPPUNIT_TEST_SUITE_END();

public:
    void chunksDecodeAlikeAtEveryCut()
    {
        const std::string wire =
            "5\r\nhello\r\n1;name=\"va;l\"\r\n \r\n00A\r\n0123456789\r\n0\r\nTrailer: x y\r\nB: \xFF\r\n\r\nNEXT";
        for (size_t cut = 0; cut <= wire.size(); ++cut)
        {
            const Decoded decoded = decode(wire, cut);
            CPPUNIT_ASSERT_EQUAL(std::string("hello 0123456789"), decoded.body);
            CPPUNIT_ASSERT_EQUAL(std::string("NEXT"), decoded.rest);
            CPPUNIT_ASSERT(decoded.ended && !decoded.failed);
        }
    }

    void badChunksAreRefusedAtEveryCut()
    {
        const std::string bad[] = {
            "5 \r\nhello\r\n", // blank behind the size
            " 5\r\nhello\r\n", // and before
            "5\t\r\nhello\r\n",
            "5\nhello\r\n", // bare LF
            "5\r\nhello\n",
            "5\r\nhelloX\r\n", // longer than it says
            "\r\n",            // no size
            "0x5\r\nhello\r\n",
            "-5\r\nhello\r\n",
            "1000000000000000\r\n", // 2^60
            ";a=b\r\n",
            "5;" + std::string(300, 'a') + "\r\nhello\r\n",
            "5;a\x01\r\nhello\r\n",
            "5; a\r\nhello\r\n",
            "5;a\nhello\r\n",
            "0\r\n folded: x\r\n\r\n",
            "0\r\n: x\r\n\r\n",
            "0\r\nA: x\n\r\n",
            "0\r\n" + std::string("T: ") + std::string(9000, 'x') + "\r\n\r\n",
            "0\r\n\n",
            "0\r\n\rX",
        };
        for (const std::string& wire : bad)
            for (size_t cut = 0; cut <= std::min<size_t>(wire.size(), 40); ++cut)
            {
                const Decoded decoded = decode(wire, cut);
                CPPUNIT_ASSERT_MESSAGE(wire.substr(0, 40), decoded.failed && !decoded.ended);
            }
    }

    void compressedBytesComeOutAlikeInAnyPieces()
    {
        std::string plain;
        for (int i = 0; i < 500; ++i)
            plain += "line " + std::to_string(i * 7919) + "\n";
        struct Form
        {
            Encoding encoding;
            int bits;
        };
        for (Form form : {Form{Encoding::gzip, 31}, Form{Encoding::deflate, 15}, Form{Encoding::deflate, -15}})
            for (size_t step : {size_t{1}, size_t{7}, size_t{1000}, size_t{1} << 20})
            {
                bool complete = false;
                CPPUNIT_ASSERT(plain == inflateAll(form.encoding, deflated(plain, form.bits), step, complete));
                CPPUNIT_ASSERT(complete);
            }
        bool complete = false;
        CPPUNIT_ASSERT_EQUAL(std::string("onetwo"),
                             inflateAll(Encoding::gzip, deflated("one", 31) + deflated("two", 31), 3, complete));
        CPPUNIT_ASSERT(complete);
    }

    void brokenCompressionIsRefused()
    {
        const std::string directory = "/tmp";
        auto refusal = [&](const std::string& wire)
        {
            BodyIntake intake(Encoding::gzip, 1 << 20, 1 << 20, directory);
            Body body;
            if (Refusal early = intake.add(wire)) return early.status;
            return intake.finish(body).status;
        };
        const std::string good = deflated("some text that is long enough to break", 31);
        CPPUNIT_ASSERT_EQUAL(0, refusal(good));
        CPPUNIT_ASSERT_EQUAL(400, refusal("not gzip at all"));
        CPPUNIT_ASSERT_EQUAL(400, refusal(good + "x"));
        for (size_t length = 1; length < good.size(); ++length)
            CPPUNIT_ASSERT_EQUAL(400, refusal(good.substr(0, length)));
        std::string flipped = good;
        flipped[good.size() - 6] ^= 1; // the checksum
        CPPUNIT_ASSERT_EQUAL(400, refusal(flipped));
    }

    void bodiesArePaddedInMemoryAndInFiles()
    {
        const std::string directory = "/tmp";
        for (size_t size :
             {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{4096 - 64}, size_t{100'000}, size_t{8192 - 63}})
            for (size_t spillAt : {size_t{1} << 20, size_t{1000}})
                for (bool announced : {false, true})
                {
                    BodyIntake intake(Encoding::identity, 1 << 20, spillAt, directory);
                    if (announced) CPPUNIT_ASSERT(!intake.expect(size));
                    std::string expected;
                    while (expected.size() < size)
                    {
                        const std::string part(std::min<size_t>(777, size - expected.size()),
                                               static_cast<char>('a' + expected.size() % 26));
                        CPPUNIT_ASSERT(!intake.add(part));
                        expected += part;
                    }
                    Body body;
                    CPPUNIT_ASSERT(!intake.finish(body));
                    CPPUNIT_ASSERT(body.view() == expected);
                    CPPUNIT_ASSERT_EQUAL(size > spillAt, body.spilled());
                    if (size == 0) continue;
                    for (size_t i = 0; i < Body::kPadding; ++i)
                        CPPUNIT_ASSERT_EQUAL('\0', body.view().data()[size + i]);
                    Body moved = std::move(body);
                    CPPUNIT_ASSERT(moved.view() == expected && body.empty());
                }
    }

    void aBombStopsAtTheLimit()
    {
        const std::string directory = "/tmp";
        const std::string bomb = deflated(std::string(50 << 20, 'x'), 31);
        BodyIntake intake(Encoding::gzip, 1 << 20, 64 << 10, directory);
        CPPUNIT_ASSERT_EQUAL(413, intake.add(bomb).status);
    }

    void answerHeadsCannotBeSplit()
    {
        const Header fields[] = {{"X-Good", "yes"},
                                 {"X-Bad", "a\r\nSet-Cookie: b"},
                                 {"X Bad", "c"},
                                 {"Content-Length", "7"},
                                 {"Connection", "x"}};
        std::string out;
        appendResponseHead(out, 200, fields, Framing::length, 5, true);
        CPPUNIT_ASSERT(out.starts_with("HTTP/1.1 200 OK\r\nDate: "));
        CPPUNIT_ASSERT(out.find("X-Good: yes\r\n") != std::string::npos);
        CPPUNIT_ASSERT(out.find("Set-Cookie") == std::string::npos);
        CPPUNIT_ASSERT(out.find("X Bad") == std::string::npos);
        CPPUNIT_ASSERT(out.ends_with("Content-Length: 5\r\nConnection: keep-alive\r\n\r\n"));
        CPPUNIT_ASSERT(out.find("Content-Length: 7") == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BytesTest);
