#include "relay/delivery_bytes.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <memory>
#include <random>

using namespace switchyard::relay;

namespace
{

std::string front(const OutputQueue& queue, size_t pieces = 64)
{
    std::array<iovec, 64> room;
    std::string out;
    const size_t count = queue.fill(std::span(room).first(pieces));
    for (size_t i = 0; i < count; ++i)
        out.append(static_cast<const char*>(room[i].iov_base), room[i].iov_len);
    return out;
}

} // namespace

class DeliveryBytesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DeliveryBytesTest);
    CPPUNIT_TEST(orderIsKept);
    CPPUNIT_TEST(neighboursBecomeOnePiece);
    CPPUNIT_TEST(whatIsKeptOutlivesItsBuffer);
    CPPUNIT_TEST(framesCountWhenTheirLastByteHasLeft);
    CPPUNIT_TEST(oneFrameAtATimeCanBeTaken);
    CPPUNIT_TEST(clearedBytesDoNotCount);
    CPPUNIT_TEST(anyMixComesOutWhole);
    CPPUNIT_TEST_SUITE_END();

public:
    void orderIsKept()
    {
        OutputQueue queue;
        const std::string a = "one ", b = "three ";
        queue.view(a);
        queue.copy("two ");
        queue.view(b);
        queue.own("four");
        CPPUNIT_ASSERT_EQUAL(std::string("one two three four"), front(queue));
        CPPUNIT_ASSERT_EQUAL(size_t(18), queue.size());
        CPPUNIT_ASSERT_EQUAL(std::string("one two "), front(queue, 2));
        OutputQueue large;
        std::string bytes(10000, 'x');
        large.own(bytes);
        large.copy("y");
        CPPUNIT_ASSERT_EQUAL(bytes += 'y', front(large));
    }

    void neighboursBecomeOnePiece()
    {
        OutputQueue queue;
        const std::string text = "abcdef";
        std::array<iovec, 4> room;
        queue.view(std::string_view(text).substr(0, 3));
        queue.view(std::string_view(text).substr(3));
        CPPUNIT_ASSERT_EQUAL(size_t(1), queue.fill(room));
        queue.copy("x");
        queue.copy("y");
        CPPUNIT_ASSERT_EQUAL(size_t(2), queue.fill(room));
        CPPUNIT_ASSERT_EQUAL(std::string("abcdefxy"), front(queue));
    }

    void whatIsKeptOutlivesItsBuffer()
    {
        OutputQueue queue;
        {
            const std::string gone = "0123456789";
            queue.view(gone);
            queue.copy("abc");
            queue.view(gone);
            queue.consume(4);
            queue.keep();
        }
        CPPUNIT_ASSERT_EQUAL(std::string("456789abc0123456789"), front(queue));
        queue.copy("z");
        queue.consume(19);
        CPPUNIT_ASSERT_EQUAL(std::string("z"), front(queue));
    }

    void framesCountWhenTheirLastByteHasLeft()
    {
        OutputQueue queue;
        for (const char* frame : {"aaaa", "bb", "cccccc"})
        {
            queue.copy(frame);
            queue.endFrame();
        }
        queue.consume(3);
        CPPUNIT_ASSERT_EQUAL(uint64_t(0), queue.framesDelivered());
        queue.consume(3);
        CPPUNIT_ASSERT_EQUAL(uint64_t(2), queue.framesDelivered());
        queue.keep();
        queue.consume(6);
        CPPUNIT_ASSERT_EQUAL(uint64_t(3), queue.framesDelivered());
        CPPUNIT_ASSERT_EQUAL(uint64_t(12), queue.bytesDelivered());
        CPPUNIT_ASSERT(queue.empty());
        queue.copy("d");
        queue.endFrame();
        queue.consume(1);
        CPPUNIT_ASSERT_EQUAL(uint64_t(4), queue.framesDelivered());
    }

    void oneFrameAtATimeCanBeTaken()
    {
        OutputQueue queue;
        const std::string frames = "aaa\n\nbb\n\n";
        queue.view(std::string_view(frames).substr(0, 5));
        queue.endFrame();
        queue.endFrame(); // of a frame that has no bytes
        queue.view(std::string_view(frames).substr(5));
        queue.copy("c");
        queue.endFrame();
        queue.copy("open");
        const std::array<std::string, 3> expected{"aaa\n\n", "bb\n\nc", "open"};
        for (size_t i = 0; i < expected.size(); ++i)
        {
            std::array<iovec, 4> room;
            std::string taken;
            const size_t count = queue.fill(room, queue.firstFrameSize());
            for (size_t k = 0; k < count; ++k)
                taken.append(static_cast<const char*>(room[k].iov_base), room[k].iov_len);
            CPPUNIT_ASSERT_EQUAL(expected[i], taken);
            queue.consume(taken.size());
        }
        CPPUNIT_ASSERT(queue.empty());
        CPPUNIT_ASSERT_EQUAL(uint64_t(3), queue.framesDelivered());
    }

    void clearedBytesDoNotCount()
    {
        OutputQueue queue;
        queue.copy("aaaa");
        queue.endFrame();
        queue.consume(2);
        queue.clear();
        CPPUNIT_ASSERT(queue.empty());
        CPPUNIT_ASSERT_EQUAL(uint64_t(2), queue.bytesDelivered());
        CPPUNIT_ASSERT_EQUAL(uint64_t(0), queue.framesDelivered());
        queue.copy("b");
        CPPUNIT_ASSERT_EQUAL(std::string("b"), front(queue));
    }

    void anyMixComesOutWhole()
    {
        std::mt19937 random(11);
        for (int round = 0; round < 200; ++round)
        {
            OutputQueue queue;
            std::string expected, got;
            std::vector<std::unique_ptr<std::string>> buffers;
            for (int step = 0; step < 60; ++step)
            {
                const std::string text(1 + random() % 20, static_cast<char>('a' + step % 26));
                switch (random() % 6)
                {
                case 0: queue.copy(text); expected += text; break;
                case 1: queue.own(text); expected += text; break;
                case 2:
                case 3:
                    buffers.push_back(std::make_unique<std::string>(text));
                    queue.view(*buffers.back());
                    expected += text;
                    break;
                case 4:
                    queue.keep();
                    buffers.clear();
                    break;
                default:
                {
                    const std::string now = front(queue, 3);
                    const size_t size = now.empty() ? 0 : random() % (now.size() + 1);
                    got += now.substr(0, size);
                    queue.consume(size);
                }
                }
            }
            while (!queue.empty())
            {
                const std::string now = front(queue);
                got += now;
                queue.consume(now.size());
            }
            CPPUNIT_ASSERT_EQUAL(expected, got);
            CPPUNIT_ASSERT_EQUAL(uint64_t(expected.size()), queue.bytesDelivered());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DeliveryBytesTest);
