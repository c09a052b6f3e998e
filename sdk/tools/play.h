// The host's side of one exchange in the checker: the actions, what is outstanding, and the answer that is passed on.
#pragma once

#include "driver.h"

#include <switchyard/sse.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>

namespace switchyard::check
{

/// Something that this host answers with a refusal.
struct Refusal
{
    uint32_t kind = 0; ///< of the event
    uint64_t id = 0;
};

/// A frame of the forwarded answer that holds a needle.
struct Shown
{
    uint32_t needle = 0;
    std::string frame, data;
};

class Play
{
public:
    Play(const Scene& scene, bool trace);
    Play(const Play&) = delete;
    Play& operator=(const Play&) = delete;

    const swy_actions_t& actions() const { return actions_; }
    Outcome& outcome() { return outcome_; }
    swy_start_t startRecord();
    int64_t now() const { return now_; }
    bool running() const { return outcome_.end.empty(); }
    void fault(std::string text) { outcome_.faults.push_back(std::move(text)); }

    void eventBegins(uint32_t kind, uint64_t id);
    void eventEnds();

    uint64_t nextRequest() const { return requests_.empty() ? 0 : requests_.front(); }
    bool open(uint64_t id) const
    {
        return running() && std::find(requests_.begin(), requests_.end(), id) != requests_.end();
    }
    bool wantsWhole(uint64_t id) const { return whole_.count(id) > 0; }
    void close(uint64_t id);
    bool nextRefusal(Refusal& refusal);
    uint64_t nextTimer(); ///< moves the clock to it

    void received(std::string_view part) { received_ += part; }
    bool forwarding() const { return forwarded_ != 0; }
    uint64_t forwarded() const { return forwarded_; }
    /// Passes received bytes on up to the next frame that must be shown. False: all are passed on.
    bool nextShown(Shown& shown);
    /// The same for what only the answer's end makes complete.
    bool lastShown(Shown& shown);
    void tapEnded(const Shown& shown);
    void forwardEnded();

private:
    friend struct PlayActions;

    swy_status_t invalid(std::string_view action, std::string text);
    swy_status_t admit();
    void note(std::string line);
    bool showOrPass(const sdk::SseFrame& frame, Shown& shown);
    void end(std::string how, bool failed);

    const Scene& scene_;
    const bool trace_;
    Outcome outcome_;
    swy_actions_t actions_ = {};
    uint32_t event_ = 0; // the kind that is being handled; 0: none
    swy_status_t sticky_ = SWY_ACCEPTED;
    int64_t now_ = 1700000000000;

    std::string body_; // the client's, with the 64 readable bytes behind it
    std::deque<std::string> names_;
    std::vector<swy_member_t> members_;
    std::vector<std::string> keyedHosts_;

    std::deque<uint64_t> requests_;
    std::set<uint64_t> whole_;
    std::deque<Refusal> refusals_;
    std::map<uint64_t, int64_t> timers_; // when each is due
    std::deque<std::unique_ptr<char[]>> arena_;
    size_t arenaSize_ = 0;

    std::string received_; // of the answer, not yet passed on once forwarding
    uint64_t forwarded_ = 0;
    bool frames_ = false; // the forwarded answer is a stream of SSE frames
    bool raw_ = false;    // ... or not to be looked into
    bool ended_ = false;  // all of it has been given to the splitter, and its last frame taken
    std::string feeding_;
    bool fed_ = false;
    sdk::SseSplitter splitter_;
    std::vector<std::string> needles_;
    bool replaced_ = false;
    std::string replacement_;
    enum class Answer
    {
        none,
        deltas,
        bytes,
        forward
    } answer_ = Answer::none;
};

} // namespace switchyard::check
