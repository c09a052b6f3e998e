#include "accounts/ip_address.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::accounts;

class IpAddressTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IpAddressTest);
    CPPUNIT_TEST(literalsAreReadAndWritten);
    CPPUNIT_TEST(networksContainTheirAddresses);
    CPPUNIT_TEST(subnetListsMatchAnyMember);
    CPPUNIT_TEST(forwardedForIsReadFromTrustedPeersOnly);
    CPPUNIT_TEST(theNearestUntrustedHopIsTheClient);
    CPPUNIT_TEST_SUITE_END();

    static IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

    static std::string client(const char* peer, const char* forwardedFor, const char* realIp = "",
                              const TrustedProxies& trusted = TrustedProxies())
    {
        return clientAddress(ip(peer), forwardedFor, realIp, trusted).text();
    }

public:
    void literalsAreReadAndWritten()
    {
        for (const char* same : {"127.0.0.1", "255.255.255.255", "::1", "2001:db8::7", "::"})
            CPPUNIT_ASSERT_EQUAL(std::string(same), ip(same).text());
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), ip("::ffff:10.0.0.1").text());
        CPPUNIT_ASSERT(ip("::ffff:10.0.0.1") == ip("10.0.0.1"));
        for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4:80", "[::1]", "::g",
                                "localhost", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"})
            CPPUNIT_ASSERT_MESSAGE(bad, !IpAddress::parse(bad));
        CPPUNIT_ASSERT(!IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
    }

    void networksContainTheirAddresses()
    {
        struct Case
        {
            const char* network;
            const char* address;
            bool inside;
        };
        for (const Case& c : {Case{"10.0.0.0/8", "10.255.1.2", true},
                              {"10.0.0.0/8", "11.0.0.0", false},
                              {"192.168.1.64/26", "192.168.1.127", true},
                              {"192.168.1.64/26", "192.168.1.128", false},
                              {"192.168.1.77/26", "192.168.1.65", true},
                              {"1.2.3.4", "1.2.3.4", true},
                              {"1.2.3.4", "1.2.3.5", false},
                              {"0.0.0.0/0", "8.8.8.8", true},
                              {"0.0.0.0/0", "2001:db8::1", false},
                              {"2001:db8::/32", "2001:db8:ffff::1", true},
                              {"2001:db8::/33", "2001:db8:ffff::1", false},
                              {"::/0", "2001:db8::1", true},
                              {"::/0", "8.8.8.8", false},
                              {"::ffff:10.0.0.0/104", "10.9.9.9", true}})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(c.network) + " " + c.address, c.inside,
                                         IpNetwork::parse(c.network)->contains(ip(c.address)));
        for (const char* bad : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "/8", "10.0.0.0/8/8", "ten/8"})
            CPPUNIT_ASSERT_MESSAGE(bad, !IpNetwork::parse(bad));
    }

    void subnetListsMatchAnyMember()
    {
        CPPUNIT_ASSERT(inSubnets(ip("10.1.1.1"), "192.168.0.0/16, 10.0.0.0/8"));
        CPPUNIT_ASSERT(!inSubnets(ip("11.1.1.1"), "192.168.0.0/16,10.0.0.0/8"));
        CPPUNIT_ASSERT(inSubnets(ip("11.1.1.1"), "nonsense,,11.1.1.1"));
        CPPUNIT_ASSERT(!inSubnets(ip("11.1.1.1"), "nonsense"));
        CPPUNIT_ASSERT(!inSubnets(ip("11.1.1.1"), ","));
    }

    void forwardedForIsReadFromTrustedPeersOnly()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("203.0.113.9"), client("127.0.0.1", "203.0.113.9"));
        CPPUNIT_ASSERT_EQUAL(std::string("8.8.8.8"), client("8.8.8.8", "203.0.113.9", "203.0.113.9"));
        CPPUNIT_ASSERT_EQUAL(std::string("203.0.113.9"), client("10.0.0.1", "", "203.0.113.9"));
        CPPUNIT_ASSERT_EQUAL(std::string("203.0.113.9"), client("10.0.0.1", "203.0.113.77, junk", "203.0.113.9"));
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), client("10.0.0.1", "junk", "junk"));
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), client("10.0.0.1", "", ""));
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"),
                             client("127.0.0.1", "203.0.113.9", "", TrustedProxies(std::vector<IpNetwork>())));
    }

    void theNearestUntrustedHopIsTheClient()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("203.0.113.9"), client("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.3"));
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.2"),
                             client("127.0.0.1", "10.0.0.2,10.0.0.3")); // all trusted: the left-most
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IpAddressTest);
