#include "app/service_manager.h"
#include "app/signals.h"

#include <condition_variable>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace switchyard::app;

namespace
{

// Other suites start threads, which a signal could end. Threads inherit this, as in the program they inherit it of
// Signals.
const int kBlockedBeforeAnyThread = []
{
    sigset_t set;
    sigemptyset(&set);
    for (int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, number);
    return pthread_sigmask(SIG_BLOCK, &set, nullptr);
}();

} // namespace

class ProcessTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProcessTest);
    CPPUNIT_TEST(signalsBecomeCalls);
    CPPUNIT_TEST(aSignalBeforeTheStartIsKept);
    CPPUNIT_TEST(systemdHearsOfEachStep);
    CPPUNIT_TEST(withoutSystemdNothingHappens);
    CPPUNIT_TEST_SUITE_END();

    std::mutex mutex_;
    std::condition_variable called_;
    std::string calls_;

    Signals::Handlers handlers()
    {
        const auto note = [this](const std::string& call)
        {
            const std::lock_guard lock(mutex_);
            calls_ += call;
            called_.notify_all();
        };
        return {[note](int times) { note("stop" + std::to_string(times) + " "); }, [note] { note("reload "); }};
    }

    void waitFor(const std::string& calls)
    {
        std::unique_lock lock(mutex_);
        called_.wait_for(lock, std::chrono::seconds(5), [&] { return calls_ == calls; });
        CPPUNIT_ASSERT_EQUAL(calls, calls_);
    }

public:
    void signalsBecomeCalls()
    {
        CPPUNIT_ASSERT_EQUAL(0, kBlockedBeforeAnyThread);
        Signals signals;
        signals.start(handlers());
        kill(getpid(), SIGHUP);
        waitFor("reload ");
        kill(getpid(), SIGTERM);
        waitFor("reload stop1 ");
        kill(getpid(), SIGINT);
        waitFor("reload stop1 stop2 ");
        kill(getpid(), SIGPIPE); // ignored: the test goes on
    }

    void aSignalBeforeTheStartIsKept()
    {
        Signals signals;
        kill(getpid(), SIGTERM);
        signals.start(handlers());
        waitFor("stop1 ");
    }

    void systemdHearsOfEachStep()
    {
        char name[] = "/tmp/switchyard-notify-XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(name));
        const std::string path = std::string(name) + "/socket";
        const int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        CPPUNIT_ASSERT_EQUAL(0, bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
        const auto heard = [&]
        {
            char text[256];
            const ssize_t got =
                recv(listener, text, sizeof(text), MSG_DONTWAIT); // a datagram to ourselves is there at once
            return got < 0 ? std::string("nothing") : std::string(text, static_cast<size_t>(got));
        };
        const ServiceManager manager(path);
        manager.ready();
        CPPUNIT_ASSERT_EQUAL(std::string("READY=1"), heard());
        manager.reloading();
        CPPUNIT_ASSERT(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        manager.status("3 plug-ins");
        CPPUNIT_ASSERT_EQUAL(std::string("STATUS=3 plug-ins"), heard());
        manager.stopping();
        CPPUNIT_ASSERT_EQUAL(std::string("STOPPING=1"), heard());
        close(listener);
        manager.ready(); // to a manager that is gone
        std::filesystem::remove_all(name);
    }

    void withoutSystemdNothingHappens()
    {
        ServiceManager("").ready();
        ServiceManager("/no/such/socket").ready();
        ServiceManager(std::string(300, 'x')).ready();
        CPPUNIT_ASSERT_EQUAL(std::string(), calls_);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessTest);
