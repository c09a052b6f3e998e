// load: sends the same chat request over many connections and tells, as JSON on one line, what came back and when.
#include "client.h"
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace
{

constexpr const char* kUsage = R"(usage: load unary|streams --port N [options]
  unary             whole answers, each connection sends its next request when the answer is complete
  streams           event streams that carry the time of sending in their ids, as mock_upstream makes them
  --connections N   (1) connections; for streams, running streams
  --ramp S          (0) seconds over which the connections start; not measured
  --warm S          (0.5) further seconds that are not measured
  --seconds S       (3) measured seconds
  --model M         (gpt-4o-mini) in the request
  --body N          (2048) bytes of the request's body
  --token T         bearer token; or in the environment as LOAD_TOKEN
  --path P          (/v1/chat/completions)
  --watch PID       process whose CPU time and memory are told
)";

std::string chatBody(const std::string& model, bool stream, std::size_t size)
{
    std::string body =
        R"({"model":")" + model + R"(","temperature":0.7,"stream":)" + (stream ? "true" : "false") +
        R"(,"messages":[{"role":"system","content":"You are a clerk of a railway yard."},{"role":"user","content":")";
    const std::string end = R"("}]})";
    const std::string_view text = "Which track takes the wagon that stands third from the left? ";
    while (body.size() + end.size() < size)
        body += text.substr(0, std::min(text.size(), size - body.size() - end.size()));
    return body + end;
}

void print(load::Report& report)
{
    std::string error;
    for (const char c : report.firstError)
        error += c == '"' || c == '\\' ? std::string("\\") + c : c < ' ' ? std::string(" ") : std::string(1, c);
    std::cout << R"({"seconds":)" << report.seconds << R"(,"answers":)" << report.answers << R"(,"frames":)"
              << report.frames << R"(,"errors":)" << report.errors << R"(,"first_error":")" << error
              << R"(","running":)" << report.running << R"(,"answer_time":)" << report.answerTime.json()
              << R"(,"first_frame":)" << report.firstFrame.json() << R"(,"latency":)" << report.latency.json()
              << R"(,"gap":)" << report.gap.json() << R"(,"cpu_seconds":)"
              << report.after.cpuSeconds - report.before.cpuSeconds << R"(,"rss_kib":)" << report.after.rssKib << "}"
              << std::endl;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    load::Plan plan;
    std::string model = "gpt-4o-mini";
    std::string path = "/v1/chat/completions";
    std::size_t bodySize = 2048;
    const char* fromEnvironment = std::getenv("LOAD_TOKEN");
    std::string token = fromEnvironment ? fromEnvironment : "none";
    try
    {
        const std::string_view mode = argc > 1 ? argv[1] : "";
        bool understood = mode == "unary" || mode == "streams";
        plan.streams = mode == "streams";
        for (int i = 2; understood && i + 1 < argc; i += 2)
        {
            const std::string_view name = argv[i];
            const std::string value = argv[i + 1];
            if (name == "--port")
                plan.port = std::stoi(value);
            else if (name == "--connections")
                plan.connections = std::stoul(value);
            else if (name == "--ramp")
                plan.rampSeconds = std::stod(value);
            else if (name == "--warm")
                plan.warmSeconds = std::stod(value);
            else if (name == "--seconds")
                plan.seconds = std::stod(value);
            else if (name == "--model")
                model = value;
            else if (name == "--body")
                bodySize = std::stoul(value);
            else if (name == "--token")
                token = value;
            else if (name == "--path")
                path = value;
            else if (name == "--watch")
                plan.watchedPid = std::stoi(value);
            else
                understood = false;
        }
        if (!understood || argc % 2 != 0 || plan.port == 0)
        {
            std::cerr << kUsage;
            return 2;
        }
        const std::string body = chatBody(model, plan.streams, bodySize);
        plan.request = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(plan.port) +
                       "\r\nAuthorization: Bearer " + token +
                       "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body;
        load::Client client(plan);
        load::Report report = client.run();
        print(report);
        return 0;
    }
    catch (const std::exception& error)
    {
        std::cerr << "load: " << error.what() << "\n";
        return 1;
    }
}
