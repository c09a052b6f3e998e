// replay_exchanges: recorded exchanges through a plug-in and the gateway's own host and relay code, whole and cut
// anywhere.
//
//     replay_exchanges [--cuts quick|bounded|all] [--threads N] [--list] PLUGIN.so FOLDER...
//     replay_exchanges --names FOLDER...              the files that would be replayed
//
// A folder that is empty or missing is skipped; if none is left: exit 77, or 1 where the environment demands vectors.
#include "cuts.h"
#include "gateway.h"
#include "vector.h"

#include <Poco/Exception.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <string>

namespace fs = std::filesystem;
using namespace switchyard::replay;

namespace
{

struct Arguments
{
    Effort effort = Effort::quick;
    bool list = false;
    bool names = false;
    size_t threads = 2;
    std::string plugin;
    std::vector<fs::path> folders;
};

/// Whether recordings were demanded; a variable that is set to nothing demands nothing.
bool required()
{
    const char* value = std::getenv("SWITCHYARD_REQUIRE_VECTORS");
    return value && *value;
}

bool parse(int argc, char** argv, Arguments& out)
{
    const std::map<std::string, Effort> efforts = {
        {"quick", Effort::quick}, {"bounded", Effort::bounded}, {"all", Effort::all}};
    for (int i = 1; i < argc; ++i)
    {
        const std::string word = argv[i];
        if (word == "--list")
            out.list = true;
        else if (word == "--names")
            out.names = true;
        else if (word == "--threads" && i + 1 < argc)
            out.threads = std::strtoul(argv[++i], nullptr, 10);
        else if (word == "--cuts" && i + 1 < argc && efforts.count(argv[i + 1]))
            out.effort = efforts.at(argv[++i]);
        else if (word.rfind("--", 0) == 0)
            return false;
        else if (out.plugin.empty() && !out.names)
            out.plugin = word;
        else
            out.folders.emplace_back(word);
    }
    return (!out.plugin.empty() || out.names) && out.threads > 0 && out.threads <= 64;
}

/// How a vector is run: as its client asked, and as it would be by one who did or did not ask for usage.
struct Variant
{
    const char* name;
    bool wantsUsage;
    const char* config;
    std::string requestBody;
    bool sampled = false; ///< passes the answer on as another one does: a sample of its cuts is enough
};

std::vector<Variant> variantsOf(const Vector& vector)
{
    if (!vector.stream) return {{"whole answer", false, "{}", vector.requestBody}};
    return {{"usage asked for", true, "{}", askingForUsage(vector.requestBody, true)},
            {"usage not asked for", false, "{}", askingForUsage(vector.requestBody, false)},
            {"usage not asked for, nor by the channel", false, R"({"include_usage":false})",
             askingForUsage(vector.requestBody, false), true}};
}

/// What one thread has done, or all of them.
struct Counts
{
    std::map<std::string, size_t> leftOut;
    size_t vectors = 0, errors = 0, runs = 0, dropped = 0, faults = 0;

    void add(const Counts& other)
    {
        for (const auto& [why, count] : other.leftOut)
            leftOut[why] += count;
        vectors += other.vectors;
        errors += other.errors;
        runs += other.runs;
        dropped += other.dropped;
        faults += other.faults;
    }
};

std::mutex printing;

/// Replays on one thread; several share the gateway.
class Replay
{
public:
    Replay(const Gateway& gateway, const Arguments& arguments) : gateway_(gateway), arguments_(arguments) {}

    void vector(const Vector& vector)
    {
        ++counts_.vectors;
        if (vector.error) ++counts_.errors;
        const std::string provider = gateway_.providerFor(vector.provider);
        for (const Variant& variant : variantsOf(vector))
        {
            const auto prepared =
                gateway_.prepare(vector, provider, variant.config, variant.requestBody, variant.wantsUsage);
            const std::string what = vector.id + " (" + variant.name + ")";
            const Outcome whole = prepared->run({});
            ++counts_.runs;
            check(what, vector, variant, whole);
            for (const std::vector<size_t>& cuts :
                 cutsOf(vector.body, variant.sampled ? Effort::quick : arguments_.effort))
            {
                const Outcome cut = prepared->run(cuts);
                ++counts_.runs;
                const std::string difference = cut.differenceFrom(whole);
                if (!difference.empty())
                    fault(what + ", cut at " + std::to_string(cuts[0]) + " and " + std::to_string(cuts.size() - 1) +
                          " more: " + difference);
            }
        }
    }

    void leftOut(const std::string& id, const std::string& why)
    {
        ++counts_.leftOut[why];
        if (arguments_.list) say("left out: " + id + ": " + why);
    }

    const Counts& counts() const { return counts_; }

private:
    void check(const std::string& what, const Vector& vector, const Variant& variant, const Outcome& whole)
    {
        if (whole.sentUrl.empty()) return fault(what + ": nothing was sent upstream: " + whole.failureMessage);
        checkRequest(what, vector, variant, whole);
        if (vector.error)
            checkError(what, vector, whole);
        else
            checkAnswer(what, vector, whole);
    }

    /// What was sent is the client's body, but for the one member that asks for usage.
    void checkRequest(const std::string& what, const Vector& vector, const Variant& variant, const Outcome& whole)
    {
        const bool asks = (whole.forwardFlags & SWY_FORWARD_DROP_USAGE_CHUNK) != 0;
        const std::string added = R"(,"stream_options":{"include_usage":true}})";
        std::string expected = variant.requestBody;
        if (asks) expected.replace(expected.rfind('}'), 1, added);
        const bool refused = whole.forwardFlags == 0 && vector.error; // whether it asked is not seen from here
        if (whole.sentBody != expected && !(refused && whole.sentBody.find(added) != std::string::npos))
            fault(what + ": the request's body was changed");
    }

    void checkAnswer(const std::string& what, const Vector& vector, const Outcome& whole)
    {
        if (!whole.finished) return fault(what + ": it failed: " + whole.failureMessage);
        std::string expected = vector.body;
        if (whole.forwardFlags & SWY_FORWARD_DROP_USAGE_CHUNK)
        {
            expected = withoutUsageChunk(vector.body);
            if (expected != vector.body) ++counts_.dropped;
        }
        // The relay ends a stream that its provider did not end in so many words.
        if (vector.stream && !saysDone(vector.body)) expected += "data: [DONE]\n\n";
        if (whole.bytes != expected)
        {
            size_t at = 0;
            while (at < expected.size() && at < whole.bytes.size() && expected[at] == whole.bytes[at])
                ++at;
            fault(what + ": the client's bytes are not the recording's, from byte " + std::to_string(at) + " on: '" +
                  whole.bytes.substr(at, 60) + "' in place of '" + expected.substr(at, 60) + "'");
        }
        const ExpectedUsage told = usageOf(vector);
        const auto& seen = whole.usage;
        if (told.reported != seen.reported ||
            (told.reported && (told.input != seen.input || told.output != seen.output || told.cached != seen.cached ||
                               told.reasoning != seen.reasoning)))
            fault(what + ": usage " + std::to_string(seen.input) + "+" + std::to_string(seen.output) + " (" +
                  std::to_string(seen.cached) + ", " + std::to_string(seen.reasoning) + ") in place of " +
                  std::to_string(told.input) + "+" + std::to_string(told.output) + " (" + std::to_string(told.cached) +
                  ", " + std::to_string(told.reasoning) + ")");
    }

    void checkError(const std::string& what, const Vector& vector, const Outcome& whole)
    {
        if (whole.passedError)
        {
            if (vector.body.compare(0, whole.bytes.size(), whole.bytes) != 0)
                fault(what + ": what the client got before the error is not the recording's");
            return;
        }
        if (whole.finished || whole.failureCause == 0) return fault(what + ": the recorded error was not seen");
        if (!whole.bytes.empty()) fault(what + ": the client got bytes of an answer that failed before it began");
        if (vector.status >= 400 && whole.failureStatus != vector.status)
            fault(what + ": status " + std::to_string(whole.failureStatus) + " in place of " +
                  std::to_string(vector.status));
        const std::string message = errorMessageOf(vector);
        if (whole.failureMessage.empty() || (!message.empty() && squeezed(whole.failureMessage) != squeezed(message)))
            fault(what + ": message '" + whole.failureMessage + "' in place of '" + message + "'");
    }

    /// Without blanks: messages are put on one line.
    static std::string squeezed(const std::string& text)
    {
        std::string out;
        for (const char c : text)
            if (static_cast<unsigned char>(c) > 0x20) out += c;
        return out;
    }

    void fault(const std::string& what)
    {
        if (++counts_.faults <= 50) say("FAULT " + what);
    }

    static void say(const std::string& line)
    {
        const std::lock_guard<std::mutex> alone(printing);
        std::cout << line << "\n";
    }

    const Gateway& gateway_;
    const Arguments& arguments_;
    Counts counts_;
};

/// All files, shared out among threads.
Counts replayAll(const Arguments& arguments, const std::vector<fs::path>& files)
{
    const Gateway gateway(arguments.plugin);
    std::atomic<size_t> next{0};
    std::vector<std::future<Counts>> threads;
    for (size_t i = 0; i < arguments.threads; ++i)
        threads.push_back(std::async(std::launch::async,
                                     [&]
                                     {
                                         Replay replay(gateway, arguments);
                                         for (size_t at = next++; at < files.size(); at = next++)
                                         {
                                             std::string why;
                                             const Vector vector = readVector(files[at], why);
                                             if (why.empty())
                                                 replay.vector(vector);
                                             else
                                                 replay.leftOut(vector.id, why);
                                         }
                                         return replay.counts();
                                     }));
    Counts all;
    for (std::future<Counts>& thread : threads)
        all.add(thread.get());
    return all;
}

int report(const Counts& counts)
{
    for (const auto& [why, count] : counts.leftOut)
        std::cout << "left out: " << count << ": " << why << "\n";
    std::cout << counts.vectors << " exchanges replayed (" << counts.errors << " of them errors) in " << counts.runs
              << " runs, " << counts.dropped << " with the usage chunk kept from the client; " << counts.faults
              << " faults" << std::endl;
    if (counts.vectors == 0) std::cout << "nothing was replayed: that is a fault" << std::endl;
    return counts.faults == 0 && counts.vectors > 0 ? 0 : 1;
}

void printNames(const std::vector<fs::path>& files)
{
    for (const fs::path& file : files)
    {
        std::string why;
        readVector(file, why);
        if (why.empty()) std::cout << file.string() << "\n";
    }
}

} // namespace

int main(int argc, char** argv)
{
    Arguments arguments;
    if (!parse(argc, argv, arguments))
    {
        std::cerr << "usage: replay_exchanges [--cuts quick|bounded|all] [--threads N] [--list] PLUGIN.so FOLDER...\n  "
                     "     replay_exchanges --names FOLDER...\n";
        return 2;
    }
    try
    {
        std::vector<fs::path> files;
        for (const fs::path& folder : arguments.folders)
            if (fs::is_directory(folder))
                for (const fs::path& file : vectorFiles(folder))
                    files.push_back(file);
        if (files.empty())
        {
            std::cout << "skipped: there are no recorded exchanges here; SWITCHYARD_VECTORS names their folder\n";
            return required() ? 1 : 77;
        }
        if (arguments.names)
        {
            printNames(files);
            return 0;
        }
        return report(replayAll(arguments, files));
    }
    catch (const Poco::Exception& problem)
    {
        std::cerr << problem.displayText() << "\n";
    }
    catch (const std::exception& problem)
    {
        std::cerr << problem.what() << "\n";
    }
    return 1;
}
