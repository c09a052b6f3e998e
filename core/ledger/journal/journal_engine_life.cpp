// How the engine starts, ends, and tells of itself.
#include "ledger/journal/journal_engine.h"
#include "ledger/journal/journal_reader.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

constexpr std::chrono::microseconds kStopRetry{20'000};

// A start that wrote nothing left an empty file. It may go when the numbers pass over it without a jump.
std::vector<std::string> emptyFiles(const std::vector<SegmentInfo>& segments)
{
    std::vector<std::string> names;
    for (size_t i = 1; i < segments.size(); ++i)
        if (segments[i].last < segments[i].first && segments[i].first == segments[i - 1].last + 1)
            names.push_back(segments[i].name);
    return names;
}

std::string described(const Damage& damage)
{
    return "the journal is damaged: " + damage.file + " at " + std::to_string(damage.offset) + ": " + damage.what +
           "; see `switchyard journal verify`";
}

} // namespace

JournalEngine::JournalEngine(Disk& disk, JournalClock& clock, const JournalSettings& settings, const Recovery& recovery,
                             JournalRoom& room)
    : disk_(disk), clock_(clock), settings_(settings), recovery_(recovery), room_(room),
      shelf_(disk, recovery.journalId, recovery.segments, recovery.last)
{
}

JournalEngine::~JournalEngine() { stop(std::chrono::milliseconds(0)); }

Result<Done, DiskError> JournalEngine::start(uint64_t position)
{
    if (auto locked = disk_.lock(); !locked) return locked;
    const std::string newest = recovery_.segments.empty() ? std::string() : recovery_.segments.back().name;
    if (recovery_.damage)
    {
        if (!newest.empty())
            if (auto synced = syncFile(disk_, newest); !synced) return synced;
        const std::lock_guard lock(healthMutex_);
        health_.trouble = described(*recovery_.damage);
        health_.lastWritten = health_.lastSynced = recovery_.last;
        return Done{};
    }
    if (recovery_.torn)
        if (auto kept = keepAside(disk_, *recovery_.torn); !kept) return kept;

    JournalFile::Place place;
    place.journalId = recovery_.journalId;
    place.newest = newest;
    place.run = recovery_.runs + 1;
    place.follows = recovery_.last;
    place.lastSequence = std::max(recovery_.last, position);
    for (const SegmentInfo& segment : recovery_.segments)
        place.lastOrdinal = std::max(place.lastOrdinal, segment.ordinal);
    file_.emplace(disk_, clock_, settings_.segmentBytes, std::move(place));
    if (auto opened = file_->open(); !opened) return opened;
    shelf_.add({}, {}, file_->current());

    const std::vector<std::string> empty = emptyFiles(recovery_.segments);
    shelf_.forget(empty);
    for (const std::string& name : empty)
        if (auto removed = disk_.remove(name); !removed) return removed;
    takeOver();

    ended_.store(false, std::memory_order_seq_cst);
    complete();
    publish();
    syncer_.emplace("journal-sync");
    filer_.emplace("journal-files");
    thread_ = std::thread([this] { run(); });
    return Done{};
}

void JournalEngine::takeOver()
{
    const uint64_t applied = applied_.load(std::memory_order_acquire);
    for (const SegmentInfo& segment : recovery_.segments)
        if (segment.last > applied && segment.last >= segment.first)
            lag_.written(segment.last, segment.bytes, segment.lastWrittenAt);
    for (const OpenRequest& open : recovery_.open)
    {
        uint64_t ordinal = 0;
        for (const SegmentInfo& segment : recovery_.segments)
            if (segment.first <= open.sequence && open.sequence <= segment.last) ordinal = segment.ordinal;
        std::string payload;
        encode(open.begin, payload);
        open_.follow(open.sequence, open.lastSeenAt, payload, ordinal);
    }
}

bool JournalEngine::stop(std::chrono::milliseconds within)
{
    if (!thread_.joinable()) return stoppedSafe_;
    stopBy_.store(clock_.bootMillis() + within.count(), std::memory_order_relaxed);
    stopping_.store(true, std::memory_order_release);
    bell_.ring();
    thread_.join();
    cancelSpare_.store(true, std::memory_order_relaxed);
    syncer_.reset();
    filer_.reset();
    return stoppedSafe_;
}

void JournalEngine::finish()
{
    const auto timeLeft = [&] { return clock_.bootMillis() < stopBy_.load(std::memory_order_relaxed); };
    for (bool first = true; first || timeLeft(); first = false)
    {
        syncEnded();
        const bool got = gather();
        write();
        if (!got && !trouble_ && !syncing_) break;
        if (!got) bell_.wait(kStopRetry);
    }
    // Closing would only hang behind a sync that hangs.
    if (!trouble_ && !syncing_)
        if (auto closed = file_->close(); !closed) afterTrouble(closed.error());
    stoppedSafe_ = file_->lastSynced() == file_->lastAppended();
    complete();
    publish();
    ended_.store(true, std::memory_order_seq_cst);
    shelf_.end();
    for (const Waiting& waiting : std::exchange(waiting_, {}))
    {
        stoppedSafe_ = false;
        waiting.batch->done_(*waiting.batch, waiting.batch->context_, false);
    }
    refuseRest();
}

void JournalEngine::refuseRest() noexcept
{
    for (Batch* batch = inbox_.take(); batch != nullptr;)
    {
        Batch* next = BatchInbox::next(*batch);
        batch->done_(*batch, batch->context_, false);
        batch = next;
    }
}

void JournalEngine::publish()
{
    const std::vector<FrameChunkPtr> chunks = file_->takeSynced();
    const std::vector<SegmentInfo> closed = file_->takeClosed();
    for (const FrameChunkPtr& chunk : chunks)
        lag_.written(chunk->last, chunk->bytes.size(), chunk->writtenAt);
    if (!chunks.empty() || !closed.empty()) shelf_.add(chunks, closed, file_->current());
    const uint64_t applied = applied_.load(std::memory_order_acquire);
    lag_.applied(applied);

    std::string removeTrouble;
    {
        const std::lock_guard lock(errandMutex_);
        removeTrouble = removeTrouble_;
    }
    const std::lock_guard lock(healthMutex_);
    health_.lastWritten = file_->lastWritten();
    health_.lastSynced = file_->lastSynced();
    health_.applied = applied;
    health_.lagRecords = health_.lastWritten - std::min(health_.lastWritten, applied);
    health_.lagBytes = lag_.bytes();
    const auto oldest = lag_.oldest();
    health_.lagSeconds = oldest ? std::max<int64_t>(0, clock_.wallMillis() - *oldest) / 1000 : 0;
    health_.lagging = lag_.bytes() > settings_.mostLagBytes / 2;
    health_.failures = file_->failures();
    health_.droppedProgress = droppedProgress_;
    health_.trouble = trouble_                                   ? trouble_->what
                      : lag_.bytes() > settings_.mostLagBytes ? "the database is too far behind the journal"
                      : !spareTrouble_.empty()                 ? spareTrouble_
                                                               : removeTrouble;
}

JournalHealth JournalEngine::health() const
{
    JournalHealth health;
    {
        const std::lock_guard lock(healthMutex_);
        health = health_;
    }
    health.room = room_.room();
    health.reserved = room_.reserved();
    health.accepting = health.room >= health.reserved + kUnaryRoom;
    return health;
}

} // namespace switchyard::ledger
