// URLs, addresses, proxies: names and numbers without sockets.
#include "net/address.h"
#include "net/connector.h"
#include "net/proxy.h"
#include "net/url.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>

using namespace switchyard::net;

namespace
{

ProxyRules rulesOf(const std::map<std::string, std::string>& environment)
{
    auto rules = ProxyRules::from(
        [&](const char* name) -> std::optional<std::string>
        {
            auto found = environment.find(name);
            if (found == environment.end()) return std::nullopt;
            return found->second;
        });
    CPPUNIT_ASSERT_MESSAGE("rules", rules.ok());
    return *rules;
}

std::string proxyOf(const ProxyRules& rules, const char* url)
{
    const Url* proxy = rules.proxyFor(Url::parse(url).value());
    return proxy ? std::string(proxy->authority()) : "direct";
}

} // namespace

class NamesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NamesTest);
    CPPUNIT_TEST(urlsKeepTheirTargetByteForByte);
    CPPUNIT_TEST(oddUrlsAreRefused);
    CPPUNIT_TEST(onlyPublicAddressesArePublic);
    CPPUNIT_TEST(rangesContainTheirAddresses);
    CPPUNIT_TEST(proxyRulesFollowTheEnvironment);
    CPPUNIT_TEST(badProxySettingsNameTheVariable);
    CPPUNIT_TEST(familiesTakeTurns);
    CPPUNIT_TEST_SUITE_END();

public:
    void urlsKeepTheirTargetByteForByte()
    {
        const Url url = Url::parse("HTTPS://API.Example.com:8443/a%2fB/../c?q=%20&x=[1]#frag").value();
        CPPUNIT_ASSERT_EQUAL(std::string("https"), std::string(url.scheme()));
        CPPUNIT_ASSERT_EQUAL(std::string("api.example.com"), std::string(url.host()));
        CPPUNIT_ASSERT_EQUAL(std::string("api.example.com:8443"), std::string(url.authority()));
        CPPUNIT_ASSERT_EQUAL(std::string("/a%2fB/../c?q=%20&x=[1]"), std::string(url.target()));
        CPPUNIT_ASSERT(url.secure() && url.port() == 8443);
        CPPUNIT_ASSERT_EQUAL(std::string("/?x"), std::string(Url::parse("http://a?x").value().target()));
        CPPUNIT_ASSERT_EQUAL(std::string("/"), std::string(Url::parse("http://a").value().target()));
        CPPUNIT_ASSERT_EQUAL(std::string("a"), std::string(Url::parse("http://a:80/").value().authority()));
        const Url v6 = Url::parse("http://[::1]:3000/x").value();
        CPPUNIT_ASSERT(v6.hostIsV6() && v6.host() == "::1" && v6.authority() == "[::1]:3000");
        const Url proxy = Url::parseProxy("socks5h://us%40er:p%3Aw@h:1").value();
        CPPUNIT_ASSERT(proxy.user() == "us@er" && proxy.password() == "p:w" && proxy.port() == 1 &&
                       proxy.scheme() == "socks5h");
        CPPUNIT_ASSERT(proxy.text().find("p:w") == std::string::npos);
    }

    void oddUrlsAreRefused()
    {
        for (const char* bad : {"",
                                "a",
                                "a/b",
                                "//a",
                                "ftp://a",
                                "file:///etc/passwd",
                                "http://",
                                "http:///x",
                                "http://a b/",
                                "http://a\tb",
                                "http://a/\x01",
                                "http://\xC3\xA4/",
                                "http://u@a/",
                                "http://u:p@a/",
                                "http://a:0/",
                                "http://a:65536/",
                                "http://a:/",
                                "http://a:x/",
                                "http://a:+1/",
                                "http://[::1",
                                "http://[::1]x/",
                                "http://[127.0.0.1]/",
                                "http://[fe80::1%25lo]/",
                                "http://.a/",
                                "http://a..b/",
                                "http://a%00/",
                                "http://127.1/",
                                "http://2130706433/",
                                "http://0x7f.0.0.1/",
                                "http://0x7f000001/",
                                "http://127.0.0.0x1/",
                                "http://1.2.3.4.5/",
                                "http://256.1.1.1/",
                                "http://127.0.0.1./",
                                "http://a\\b/",
                                "http://a|b/"})
            CPPUNIT_ASSERT_MESSAGE(bad, !Url::parse(bad));
        CPPUNIT_ASSERT(Url::parse("http://a\r\nb/").error().find("http://") == std::string::npos);
        CPPUNIT_ASSERT(!Url::parseProxy("socks4://a"));
    }

    void onlyPublicAddressesArePublic()
    {
        for (const char* inside : {"0.0.0.0",
                                   "0.1.2.3",
                                   "10.0.0.1",
                                   "10.255.255.255",
                                   "100.64.0.1",
                                   "100.127.255.255",
                                   "127.0.0.1",
                                   "127.255.0.1",
                                   "169.254.169.254",
                                   "172.16.0.1",
                                   "172.31.255.255",
                                   "192.0.0.1",
                                   "192.0.2.5",
                                   "192.168.1.1",
                                   "198.18.0.1",
                                   "198.19.255.255",
                                   "198.51.100.1",
                                   "203.0.113.9",
                                   "224.0.0.1",
                                   "239.255.255.255",
                                   "240.0.0.1",
                                   "255.255.255.255",
                                   "::",
                                   "::1",
                                   "::127.0.0.1",
                                   "::ffff:10.0.0.1",
                                   "::ffff:127.0.0.1",
                                   "::ffff:169.254.169.254",
                                   "64:ff9b::a00:1",
                                   "64:ff9b:1::1",
                                   "fe80::1",
                                   "fec0::1",
                                   "fc00::1",
                                   "fd12:3456::1",
                                   "ff02::1",
                                   "2001:db8::1",
                                   "2001::1",
                                   "2002:7f00:1::",
                                   "2002:a00:1::1",
                                   "100::1",
                                   "3fff::1",
                                   "4000::1"})
            CPPUNIT_ASSERT_MESSAGE(inside, !IpAddress::parse(inside).value().isPublic());
        for (const char* outside : {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255",
                                    "172.32.0.0", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255",
                                    "2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"})
            CPPUNIT_ASSERT_MESSAGE(outside, IpAddress::parse(outside).value().isPublic());
        for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", "0x1.2.3.4", ":::", "1::2::3",
                                "[::1]", "g::", "1.2.3.4%1"})
            CPPUNIT_ASSERT_MESSAGE(bad, !IpAddress::parse(bad));
    }

    void rangesContainTheirAddresses()
    {
        auto in = [](const char* range, const char* address)
        { return Cidr::parse(range).value().contains(IpAddress::parse(address).value()); };
        CPPUNIT_ASSERT(in("10.0.0.0/9", "10.127.255.255") && !in("10.0.0.0/9", "10.128.0.0"));
        CPPUNIT_ASSERT(in("10.1.2.3", "10.1.2.3") && !in("10.1.2.3", "10.1.2.4"));
        CPPUNIT_ASSERT(in("0.0.0.0/0", "8.8.8.8") && !in("0.0.0.0/0", "::1") && in("0.0.0.0/0", "::ffff:1.2.3.4"));
        CPPUNIT_ASSERT(in("fe80::/10", "febf::1") && !in("fe80::/10", "fec0::1"));
        for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129", "a/8", "10.0.0.0/"})
            CPPUNIT_ASSERT_MESSAGE(bad, !Cidr::parse(bad));
    }

    void proxyRulesFollowTheEnvironment()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("direct"), proxyOf(ProxyRules(), "https://a.example"));
        const auto usual = rulesOf({{"HTTP_PROXY", "http://plain:1"},
                                    {"https_proxy", "secure:2"},
                                    {"NO_PROXY", "skip.example, .dot.example,10.0.0.0/8,p.example:81"}});
        CPPUNIT_ASSERT_EQUAL(std::string("plain:1"), proxyOf(usual, "http://a.example"));
        CPPUNIT_ASSERT_EQUAL(std::string("secure:2"), proxyOf(usual, "https://a.example"));
        for (const char* direct :
             {"http://skip.example", "https://x.skip.example", "http://dot.example", "http://a.dot.example",
              "http://10.2.3.4", "http://p.example:81", "http://localhost", "http://127.0.0.1:1", "http://[::1]"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(direct, std::string("direct"), proxyOf(usual, direct));
        for (const char* through : {"http://noskip.example", "http://11.0.0.1", "http://p.example:82"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(through, std::string("plain:1"), proxyOf(usual, through));
        const auto relay =
            rulesOf({{"RELAY_PROXY", "socks5://s:3"}, {"HTTP_PROXY", "http://plain:1"}, {"NO_PROXY", "*"}});
        CPPUNIT_ASSERT_EQUAL(std::string("s:3"), proxyOf(relay, "http://a.example"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("direct"),
            proxyOf(rulesOf({{"RELAY_PROXY", "direct"}, {"HTTP_PROXY", "http://plain:1"}}), "http://a.example"));
        CPPUNIT_ASSERT_EQUAL(std::string("direct"),
                             proxyOf(rulesOf({{"ALL_PROXY", "http://all:1"}, {"no_proxy", "*"}}), "http://a.example"));
        CPPUNIT_ASSERT_EQUAL(std::string("all:1"),
                             proxyOf(rulesOf({{"ALL_PROXY", "http://all:1"}}), "https://a.example"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("direct"),
            proxyOf(rulesOf({{"REQUEST_METHOD", "GET"}, {"HTTP_PROXY", "http://evil:1"}}), "http://a.example"));
    }

    void badProxySettingsNameTheVariable()
    {
        auto rules = ProxyRules::from(
            [](const char* name) -> std::optional<std::string>
            {
                if (std::string_view(name) == "HTTPS_PROXY") return "gopher://secret:word@x";
                return std::nullopt;
            });
        CPPUNIT_ASSERT(!rules.ok());
        CPPUNIT_ASSERT(rules.error().find("HTTPS_PROXY") != std::string::npos);
        CPPUNIT_ASSERT(rules.error().find("word") == std::string::npos);
    }

    void familiesTakeTurns()
    {
        std::vector<IpAddress> in;
        for (const char* text : {"2606::1", "2606::2", "2606::3", "1.1.1.1", "1.1.1.2"})
            in.push_back(*IpAddress::parse(text));
        std::string order;
        for (const IpAddress& address : interleaved(in))
            order += address.text() + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("2606::1 1.1.1.1 2606::2 1.1.1.2 2606::3 "), order);
        CPPUNIT_ASSERT(interleaved({}).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NamesTest);
