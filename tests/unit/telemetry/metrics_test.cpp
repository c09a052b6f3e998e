#include "telemetry/metrics.h"

#include <cppunit/extensions/HelperMacros.h>
#include <thread>

using namespace switchyard::telemetry;

class MetricsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MetricsTest);
    CPPUNIT_TEST(aNameIsOneMetric);
    CPPUNIT_TEST(readingsAreSorted);
    CPPUNIT_TEST(nothingIsLostBetweenThreads);
    CPPUNIT_TEST_SUITE_END();

public:
    void aNameIsOneMetric()
    {
        Metrics metrics;
        Counter& first = metrics.counter("requests", "Requests");
        for (int i = 0; i < 1000; ++i)
            metrics.counter("other" + std::to_string(i), "");
        metrics.counter("requests", "ignored").add(3);
        CPPUNIT_ASSERT_EQUAL(uint64_t{3}, first.value());
    }

    void readingsAreSorted()
    {
        Metrics metrics;
        metrics.gauge("streams", "Open streams").add(5);
        metrics.gauge("streams", "").add(-7);
        metrics.counter("b", "").add();
        metrics.counter("a", "First").add(2);
        std::string all;
        for (const Metrics::Reading& reading : metrics.readings())
            all += reading.name + (reading.monotonic ? "+" : "=") + std::to_string(reading.value) + reading.help + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("a+2First b+1 streams=-2Open streams "), all);
    }

    void nothingIsLostBetweenThreads()
    {
        Metrics metrics;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back(
                [&]
                {
                    Counter& counter = metrics.counter("n", "");
                    for (int i = 0; i < 10000; ++i)
                        counter.add();
                });
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(uint64_t{40000}, metrics.counter("n", "").value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);
