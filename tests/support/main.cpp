// The main of every CppUnit suite. usage: unit_x [--list] [TESTPATH...]; the last line is "N passed, N failed".
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

void printLeaves(CppUnit::Test& test)
{
    const int children = test.getChildTestCount();
    if (children == 0 && test.countTestCases() > 0) std::cout << test.getName() << "\n";
    for (int i = 0; i < children; ++i)
        printLeaves(*test.getChildTestAt(i));
}

} // namespace

int main(int argc, char** argv)
{
    std::unique_ptr<CppUnit::Test> all(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    std::vector<std::string> paths(argv + 1, argv + argc);
    if (!paths.empty() && paths[0] == "--list")
    {
        printLeaves(*all);
        return 0;
    }
    CppUnit::TestResult controller;
    CppUnit::TestResultCollector results;
    CppUnit::BriefTestProgressListener progress;
    controller.addListener(&results);
    controller.addListener(&progress);
    CppUnit::TestRunner runner;
    runner.addTest(all.release());
    try
    {
        if (paths.empty()) runner.run(controller);
        for (const std::string& path : paths)
            runner.run(controller, path);
    }
    catch (const std::invalid_argument& e)
    {
        std::cerr << "no such test: " << e.what() << "\n";
        return 2;
    }
    CppUnit::CompilerOutputter(&results, std::cerr).write();
    const int failed = results.testFailuresTotal();
    std::cout << results.runTests() - failed << " passed, " << failed << " failed" << std::endl;
    if (results.runTests() == 0) return 3;
    return failed == 0 ? 0 : 1;
}
