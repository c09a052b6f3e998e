#include "relay/multipart.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

// A file's bytes that look like delimiters, and are none.
const std::string kContent = std::string("\0\r\n--\r\n-b\xFF", 10);

std::string form()
{
    std::string head = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-2\r\n--b\r\ncontent-disposition: form-data; "
                       "filename=\"a;\\\"b.mp3\"; name=\"file\"\r\nContent-Type: audio/mpeg\r\n\r\n";
    head += kContent;
    return head += "\r\n--b\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--b--\r\n";
}

std::string text(const swy_borrowed_t& bytes) { return {bytes.data ? bytes.data : "", bytes.size}; }

} // namespace

class MultipartTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MultipartTest);
    CPPUNIT_TEST(boundaryIsReadFromTheContentType);
    CPPUNIT_TEST(partsAreFoundByTheirPlaces);
    CPPUNIT_TEST(fieldsAreReadButNoFiles);
    CPPUNIT_TEST(faultsAreNamedWithTheirByte);
    CPPUNIT_TEST(everyPrefixIsRefused);
    CPPUNIT_TEST(partsAreCounted);
    CPPUNIT_TEST_SUITE_END();

public:
    void boundaryIsReadFromTheContentType()
    {
        struct
        {
            const char* type;
            const char* boundary;
        } rows[] = {{"multipart/form-data; boundary=abc", "abc"}, {"Multipart/Form-Data; charset=x; Boundary=\"a b:c\"", "a b:c"},
                    {"multipart/form-data", ""}, {"multipart/form-data; boundary=", ""}, {"multipart/form-data; boundary=\"abc", ""},
                    {"multipart/form-data; boundary=\"a \"", ""}, {"multipart/form-data; boundary=a\xC3\xA4", ""}, {"application/json; boundary=abc", ""}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.type, std::string(row.boundary), std::string(boundaryOf(row.type)));
        CPPUNIT_ASSERT_EQUAL(size_t(0), boundaryOf("multipart/form-data; boundary=" + std::string(71, 'x')).size());
    }

    void partsAreFoundByTheirPlaces()
    {
        for (const std::string& before : {std::string(), std::string("a preamble\r\n")})
        {
            const std::string body = before + form() + "an epilogue";
            const auto parts = scanMultipart(body, "b");
            CPPUNIT_ASSERT(parts.ok());
            CPPUNIT_ASSERT_EQUAL(size_t(3), parts->size());
            const swy_part_t& file = (*parts)[1];
            CPPUNIT_ASSERT_EQUAL(std::string("file"), text(file.name));
            CPPUNIT_ASSERT_EQUAL(std::string("a;\\\"b.mp3"), text(file.file_name));
            CPPUNIT_ASSERT_EQUAL(std::string("audio/mpeg"), text(file.content_type));
            CPPUNIT_ASSERT_EQUAL(kContent, body.substr(file.offset, file.size));
            CPPUNIT_ASSERT_EQUAL(std::string("empty"), text((*parts)[2].name));
            CPPUNIT_ASSERT_EQUAL(uint64_t(0), (*parts)[2].size);
        }
        CPPUNIT_ASSERT(scanMultipart("--b--", "b")->empty());
    }

    void fieldsAreReadButNoFiles()
    {
        const std::string body = form();
        const auto parts = scanMultipart(body, "b");
        CPPUNIT_ASSERT_EQUAL(std::string("whisper-2"), std::string(formField(body, *parts, "model")));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(formField(body, *parts, "file")));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(formField(body, *parts, "other")));
    }

    void faultsAreNamedWithTheirByte()
    {
        struct
        {
            const char* body;
            size_t offset;
        } rows[] = {{"", 0}, {"{\"model\":1}", 0}, {"--bx\r\n", 3}, {"--b \r\n", 4}, {"--b\n\n", 3}, {"--b\r\nA: b\r\n\r\nx\r\n--b--", 5},
                    {"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", 5}, {"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--c--", 55}};
        for (const auto& row : rows)
        {
            const auto parts = scanMultipart(row.body, "b");
            CPPUNIT_ASSERT_MESSAGE(row.body, !parts.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, row.offset, parts.error().offset);
        }
        CPPUNIT_ASSERT(!scanMultipart("\r\n--\r\n", "").ok());
    }

    void everyPrefixIsRefused()
    {
        const std::string body = form();
        const size_t closed = body.size() - 2; // the line end behind the closing boundary is no part of it
        for (size_t cut = 0; cut < closed; ++cut)
        {
            const std::string prefix = body.substr(0, cut);
            const auto parts = scanMultipart(prefix, "b");
            CPPUNIT_ASSERT_MESSAGE(prefix, !parts.ok() && parts.error().offset <= cut);
        }
        CPPUNIT_ASSERT(scanMultipart(body.substr(0, closed), "b").ok());
    }

    void partsAreCounted()
    {
        std::string body;
        for (size_t i = 0; i < kMaxParts; ++i)
            body += "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
        CPPUNIT_ASSERT_EQUAL(kMaxParts, scanMultipart(body + "--b--", "b")->size());
        CPPUNIT_ASSERT(!scanMultipart(body + "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--", "b").ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MultipartTest);
