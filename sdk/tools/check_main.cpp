// switchyard-plugin-check: whether a plug-in keeps what it promised. See sdk/README.md.
#include "checks.h"
#include "child.h"
#include "recording.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace switchyard::check;

namespace
{

constexpr const char* kUsage = R"(usage: switchyard-plugin-check FILE.so [--vectors DIR] [--json] [--timeout SECONDS]

Checks a provider plug-in: the shared object's structure, what its providers say of themselves, the channels they make;
and, with recordings of provider exchanges (DIR, all *.json below it), that each is answered the same however its bytes
are cut. Each recording runs in processes of its own.

  --vectors DIR   replay the recordings in DIR; a folder in which nothing can be replayed is a fault
  --json          print the report as JSON
  --timeout S     how long one check may take (default 20 s; all cuts of one recording 300 s)

Exit code: 0 no faults, 1 faults, 2 wrong usage or unreadable files.
)";

/// A kind of check that runs in a child; the word is what the child is started with.
struct Kind
{
    const char* word;
    void (*run)(const std::string& file, const std::string& recording, Findings&);
    int seconds;
    bool counted; ///< whether its skips and counts stand for the recording in the report
};

const Kind kKinds[] = {{"descriptor",
                        [](const std::string& file, const std::string&, Findings& f) { checkDescriptor(file, f); }, 20,
                        true},
                       {"replay", checkReplay, 20, true},
                       {"cuts", checkCuts, 300, false}};

struct Job
{
    const Kind* kind;
    std::string recording;
};

struct Options
{
    std::string file, vectors;
    bool json = false;
    int timeout = 0; ///< seconds; 0: each kind's own
};

/// The child's side: one check, its findings to descriptor 3.
int child(int argc, char** argv)
{
    if (argc != 5) return 2;
    Findings findings;
    for (const Kind& kind : kKinds)
        if (std::strcmp(kind.word, argv[2]) == 0) kind.run(argv[3], argv[4], findings);
    const std::string lines = findings.encoded();
    for (size_t at = 0; at < lines.size();)
    {
        const ssize_t count = ::write(3, lines.data() + at, lines.size() - at);
        if (count <= 0) return 3;
        at += static_cast<size_t>(count);
    }
    return 0;
}

void runJob(const Options& options, const Job& job, Findings& all, std::mutex& guard)
{
    const ChildResult result = runChild({"--child", job.kind->word, options.file, job.recording},
                                        std::chrono::seconds(options.timeout ? options.timeout : job.kind->seconds));
    Findings one;
    const bool ended = one.merge(result.output);
    const std::lock_guard<std::mutex> lock(guard);
    ++all.checks;
    const std::string where =
        job.recording.empty()
            ? ""
            : std::filesystem::path(job.recording).lexically_relative(options.vectors).replace_extension().string();
    if (!result.problem.empty())
        all.faults.push_back({job.kind->word, where, "the plug-in's process " + result.problem});
    else if (!ended)
        all.faults.push_back({job.kind->word, where, "the plug-in ended the process"});
    all.faults.insert(all.faults.end(), one.faults.begin(), one.faults.end());
    all.runs += one.runs;
    if (!job.kind->counted) return;
    all.replayed += one.replayed;
    for (auto& [reason, recordings] : one.skipped)
        all.skipped[reason].insert(all.skipped[reason].end(), recordings.begin(), recordings.end());
}

void runAll(const Options& options, const std::vector<Job>& jobs, Findings& all)
{
    std::atomic<size_t> next{0};
    std::mutex guard;
    std::vector<std::thread> workers;
    const size_t count = std::min<size_t>(jobs.size(), std::max(1u, std::thread::hardware_concurrency()));
    std::exception_ptr failure;
    for (size_t i = 0; i < count; ++i)
        workers.emplace_back(
            [&]
            {
                try
                {
                    for (size_t job = next++; job < jobs.size(); job = next++)
                        runJob(options, jobs[job], all, guard);
                }
                catch (const std::exception&)
                {
                    const std::lock_guard<std::mutex> lock(guard);
                    failure = std::current_exception();
                }
            });
    for (std::thread& worker : workers)
        worker.join();
    if (failure) std::rethrow_exception(failure);
}

void check(const Options& options, Findings& findings)
{
    ++findings.checks;
    checkStructure(options.file, findings);
    if (!findings.faults.empty()) return; // such a file is not loaded
    runAll(options, {{&kKinds[0], ""}}, findings);
    if (options.vectors.empty()) return;
    std::vector<Job> jobs;
    for (const std::string& recording : recordingFiles(options.vectors))
        for (const Kind* kind : {&kKinds[1], &kKinds[2]})
            jobs.push_back({kind, recording});
    if (findings.faults.empty()) runAll(options, jobs, findings);
    if (findings.replayed == 0)
        findings.faults.push_back({"replay", options.vectors, "nothing in this folder was replayed"});
}

bool parse(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; ++i)
    {
        const std::string word = argv[i];
        if (word == "--json")
            options.json = true;
        else if (word == "--vectors" && i + 1 < argc)
            options.vectors = argv[++i];
        else if (word == "--timeout" && i + 1 < argc)
        {
            const std::string seconds = argv[++i];
            if (seconds.empty() || seconds.size() > 5 || seconds.find_first_not_of("0123456789") != std::string::npos)
                return false;
            options.timeout = std::stoi(seconds);
        }
        else if (word.rfind("--", 0) == 0 || !options.file.empty())
            return false;
        else
            options.file = word;
    }
    if (options.file.empty()) return false;
    options.file = std::filesystem::absolute(options.file).string(); // dlopen searches for names without a slash
    return options.vectors.empty() || std::filesystem::is_directory(options.vectors);
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        if (argc > 1 && std::strcmp(argv[1], "--child") == 0) return child(argc, argv);
        if (argc == 2 && std::strcmp(argv[1], "--help") == 0)
        {
            std::fputs(kUsage, stdout);
            return 0;
        }
        Options options;
        if (!parse(argc, argv, options))
        {
            std::fputs(kUsage, stderr);
            return 2;
        }
        Findings findings;
        check(options, findings);
        std::fputs((options.json ? reportJson(findings, options.file) : reportText(findings)).c_str(), stdout);
        return findings.faults.empty() ? 0 : 1;
    }
    catch (const std::exception& problem)
    {
        std::fprintf(stderr, "switchyard-plugin-check: %s\n", problem.what());
        return 2;
    }
}
