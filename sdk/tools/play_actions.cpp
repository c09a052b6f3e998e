#include "play_actions.h"

#include "play.h"
#include "rules.h"

#include <openssl/sha.h>
#include <switchyard/json.hpp>

#include <algorithm>

namespace switchyard::check
{

namespace
{
constexpr size_t kArena = size_t{16} << 20;
constexpr uint32_t kMostNeedles = 16;
constexpr uint32_t kLongestDelay = 86'400'000;
constexpr size_t kDecideWithin = size_t{64} << 10;

std::string headerLines(const swy_given_header_t* headers, uint32_t count)
{
    std::string lines;
    for (uint32_t i = 0; i < count; ++i)
        lines += std::string(bytesOf(headers[i].name)) + ": " + std::string(bytesOf(headers[i].value)) + "\n";
    return lines;
}

} // namespace

/// The functions behind swy_actions_t; a friend of Play.
struct PlayActions
{
    static Play& self(void* context) { return *static_cast<Play*>(context); }

    static swy_status_t httpRequest(void* context, const swy_http_request_t* request)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        const std::string_view body = p.scene_.recording.body;
        if (std::string wrong = wrongRequest(*request, body.size(), p.keyedHosts_); !wrong.empty())
            return p.invalid("http_request", wrong);
        if (p.open(request->id)) return p.invalid("http_request", "the id is in use");
        if (request->flags & SWY_HTTP_CLEANUP)
            return p.invalid("http_request", "a cleanup request is for after a cancel");
        const std::string sent = joined(request->body, request->body_count, body);
        const std::string line = std::string(bytesOf(request->method)) + " " + std::string(bytesOf(request->url));
        p.outcome_.requests.push_back(line + "\n" + headerLines(request->headers, request->header_count) + "\n" + sent);
        p.note("request " + std::to_string(request->id) + " " + line + " " + shown(sent));
        p.requests_.push_back(request->id);
        if (request->flags & SWY_HTTP_WHOLE) p.whole_.insert(request->id);
        return SWY_ACCEPTED;
    }

    static swy_status_t abort(void* context, uint64_t id)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        p.close(id);
        p.note("abort " + std::to_string(id));
        return SWY_ACCEPTED;
    }

    static swy_status_t hashPieces(void* context, const swy_piece_t* pieces, uint32_t count, uint8_t* digest)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong = wrongPieces(pieces, count, p.scene_.recording.body.size()); !wrong.empty())
            return p.invalid("hash_pieces", wrong);
        const std::string body = joined(pieces, count, p.scene_.recording.body);
        SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest);
        return SWY_ACCEPTED;
    }

    static swy_status_t forward(void* context, const swy_forward_t* forward)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (p.forwarding()) return p.invalid("forward", "an answer is forwarded already");
        if (!p.open(forward->request) || !p.outcome_.answered)
            return p.invalid("forward", "there is no answer to that request");
        if (p.answer_ != Play::Answer::none)
            return p.invalid("forward", "the exchange has handed over something already");
        if (forward->needle_count > kMostNeedles) return p.invalid("forward", "there are more than 16 needles");
        if (p.received_.size() > kDecideWithin)
            return p.invalid("forward", "it comes after more than 64 KiB of the body");
        p.answer_ = Play::Answer::forward;
        p.forwarded_ = forward->request;
        p.raw_ = bytesOf(forward->dialect) == SWY_DIALECT_BYTES;
        for (const auto& [name, value] : p.scene_.recording.headers)
            if (name == "content-type" && value.find("text/event-stream") != std::string::npos) p.frames_ = !p.raw_;
        std::string line = "forward " + std::to_string(forward->request) + " " +
                           std::string(bytesOf(forward->dialect)) + " flags " + std::to_string(forward->flags);
        for (uint32_t i = 0; i < forward->needle_count; ++i)
        {
            p.needles_.emplace_back(bytesOf(forward->needles[i]));
            line += " " + sdk::jsonString(p.needles_.back());
        }
        p.note(line);
        return SWY_ACCEPTED;
    }

    static swy_status_t tapReplace(void* context, swy_given_t frame)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (p.event_ != SWY_EVENT_TAP) return p.invalid("tap_replace", "no frame is being shown");
        p.replaced_ = true;
        p.replacement_ = bytesOf(frame);
        p.note("tap_replace " + shown(p.replacement_));
        return SWY_ACCEPTED;
    }

    static swy_status_t tapDrop(void* context) { return tapReplace(context, {nullptr, 0}); }

    static swy_status_t delta(void* context, const swy_delta_t* delta)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong = wrongDelta(*delta); !wrong.empty()) return p.invalid("delta", wrong);
        if (const swy_status_t status = answers(p, Play::Answer::deltas, "delta")) return status;
        const DeltaSeen seen = {delta->kind,
                                delta->choice,
                                delta->block,
                                std::string(bytesOf(delta->text)),
                                std::string(bytesOf(delta->id)),
                                std::string(bytesOf(delta->name)),
                                std::string(bytesOf(delta->extra))};
        std::string line =
            "delta " + deltaName(seen.kind) + " " + std::to_string(seen.choice) + "/" + std::to_string(seen.block);
        for (const auto& [label, value] : {std::pair<const char*, const std::string&>{"text", seen.text},
                                           {"id", seen.id},
                                           {"name", seen.name},
                                           {"extra", seen.extra}})
            if (!value.empty()) line += std::string(" ") + label + " " + sdk::jsonString(value);
        p.note(line);
        p.outcome_.add(seen);
        return SWY_ACCEPTED;
    }

    static swy_status_t answerHead(void* context, const swy_answer_head_t* head)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong =
                wrongHeaders(head->headers, head->header_count, {"content-length", "connection", "transfer-encoding"});
            !wrong.empty())
            return p.invalid("answer_head", wrong);
        if (!p.outcome_.answerHead.empty() || p.answer_ != Play::Answer::none)
            return p.invalid("answer_head", "it comes after the answer has begun");
        if (head->status < 200 || head->status > 599)
            return p.invalid("answer_head", "the status is " + std::to_string(head->status));
        p.outcome_.answerHead = std::to_string(head->status) + "\n" + headerLines(head->headers, head->header_count);
        p.note("answer_head " + sdk::jsonString(p.outcome_.answerHead));
        return SWY_ACCEPTED;
    }

    static swy_status_t emit(void* context, swy_given_t bytes)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (const swy_status_t status = answers(p, Play::Answer::bytes, "emit")) return status;
        p.outcome_.bytes += bytesOf(bytes);
        p.note("emit " + shown(bytesOf(bytes)));
        return SWY_ACCEPTED;
    }

    static swy_status_t emitPieces(void* context, const swy_piece_t* pieces, uint32_t count)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong = wrongPieces(pieces, count, p.scene_.recording.body.size()); !wrong.empty())
            return p.invalid("emit_pieces", wrong);
        const std::string bytes = joined(pieces, count, p.scene_.recording.body);
        return emit(context, {bytes.data(), bytes.size()});
    }

    static swy_status_t usage(void* context, const swy_usage_t* usage)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong = wrongUsage(*usage); !wrong.empty()) return p.invalid("usage", wrong);
        std::string line = usage->flags & SWY_USAGE_FINAL ? "usage final" : "usage";
        for (uint32_t i = 0; i < usage->count_count; ++i)
        {
            const std::string unit(bytesOf(usage->counts[i].unit));
            p.outcome_.usage[unit] = usage->counts[i].amount;
            line += " " + unit + " " + std::to_string(usage->counts[i].amount);
        }
        p.outcome_.usageFinal = p.outcome_.usageFinal || (usage->flags & SWY_USAGE_FINAL);
        p.note(line);
        return SWY_ACCEPTED;
    }

    static swy_status_t finish(void* context)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        p.note("finish");
        p.end("finished", false);
        return SWY_ACCEPTED;
    }

    static swy_status_t fail(void* context, const swy_fail_t* fail)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (std::string wrong = wrongFail(*fail); !wrong.empty()) return p.invalid("fail", wrong);
        std::string how = "failed: cause " + std::to_string(fail->cause) + " scope " + std::to_string(fail->scope) +
                          " status " + std::to_string(fail->http_status) + " retry_after " +
                          std::to_string(fail->retry_after);
        for (const auto& [label, value] : {std::pair<const char*, swy_given_t>{"type", fail->type},
                                           {"code", fail->code},
                                           {"message", fail->message},
                                           {"param", fail->param}})
            how += std::string(" ") + label + " " + sdk::jsonString(bytesOf(value));
        p.note(how);
        p.end(how, true);
        return SWY_ACCEPTED;
    }

    static swy_status_t timerStart(void* context, uint64_t id, uint32_t delay)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (id == 0) return p.invalid("timer_start", "the id is 0");
        if (delay > kLongestDelay) return p.invalid("timer_start", "the delay is over a day");
        p.timers_[id] = p.now_ + delay;
        p.note("timer_start " + std::to_string(id) + " " + std::to_string(delay));
        return SWY_ACCEPTED;
    }

    static swy_status_t timerStop(void* context, uint64_t id)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        p.timers_.erase(id);
        p.note("timer_stop " + std::to_string(id));
        return SWY_ACCEPTED;
    }

    static swy_status_t credential(void* context, uint64_t id, swy_given_t name)
    {
        return refuseLater(context, SWY_EVENT_CREDENTIAL, id, "credential " + std::string(bytesOf(name)));
    }
    static swy_status_t credentialReject(void* context, uint64_t id)
    {
        return refuseLater(context, SWY_EVENT_CREDENTIAL, id, "credential_reject");
    }
    static swy_status_t credentialReady(void* context, swy_given_t, int64_t)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        return p.invalid("credential_ready", "this is no exchange of operation credential");
    }
    static swy_status_t media(void* context, uint64_t id, swy_given_t url)
    {
        return refuseLater(context, SWY_EVENT_MEDIA, id, "media " + std::string(bytesOf(url)));
    }
    static swy_status_t websocketOpen(void* context, const swy_websocket_request_t* request)
    {
        return refuseLater(context, SWY_EVENT_TRANSPORT_ERROR, request->id,
                           "websocket_open " + std::string(bytesOf(request->url)));
    }
    static swy_status_t websocketSend(void* context, uint64_t, uint32_t, swy_given_t) { return self(context).admit(); }
    static swy_status_t websocketClose(void* context, uint64_t, uint32_t, swy_given_t) { return self(context).admit(); }

    static void* alloc(void* context, size_t size)
    {
        Play& p = self(context);
        if (size > kArena - p.arenaSize_) return nullptr;
        p.arenaSize_ += size;
        return p.arena_.emplace_back(new char[size + 1]()).get();
    }

    static void log(void*, uint32_t, swy_given_t) {}

private:
    static swy_status_t refuseLater(void* context, uint32_t kind, uint64_t id, std::string line)
    {
        Play& p = self(context);
        if (const swy_status_t status = p.admit()) return status;
        if (id == 0) return p.invalid(line, "the id is 0");
        p.note(std::move(line));
        p.refusals_.push_back({kind, id});
        return SWY_ACCEPTED;
    }

    static swy_status_t answers(Play& p, Play::Answer with, std::string_view action)
    {
        if (p.answer_ != Play::Answer::none && p.answer_ != with)
            return p.invalid(action, "deltas, emits and forward are not to be mixed");
        p.answer_ = with;
        return SWY_ACCEPTED;
    }
};

swy_actions_t actionTable(Play& play)
{
    using A = PlayActions;
    swy_actions_t table = {};
    table.struct_size = sizeof table;
    table.context = &play;
    table.http_request = A::httpRequest;
    table.abort = A::abort;
    table.hash_pieces = A::hashPieces;
    table.forward = A::forward;
    table.tap_replace = A::tapReplace;
    table.tap_drop = A::tapDrop;
    table.delta = A::delta;
    table.answer_head = A::answerHead;
    table.emit = A::emit;
    table.emit_pieces = A::emitPieces;
    table.usage = A::usage;
    table.finish = A::finish;
    table.fail = A::fail;
    table.timer_start = A::timerStart;
    table.timer_stop = A::timerStop;
    table.credential = A::credential;
    table.credential_reject = A::credentialReject;
    table.credential_ready = A::credentialReady;
    table.media = A::media;
    table.websocket_open = A::websocketOpen;
    table.websocket_send = A::websocketSend;
    table.websocket_close = A::websocketClose;
    table.alloc = A::alloc;
    table.log = A::log;
    return table;
}

} // namespace switchyard::check
