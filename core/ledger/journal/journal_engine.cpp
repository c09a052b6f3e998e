#include "ledger/journal/journal_engine.h"

#include "base/clock.h"
#include "ledger/journal/retention.h"
#include "ledger/journal/varint.h"

#include <algorithm>
#include <pthread.h>

namespace switchyard::ledger
{

namespace
{

using std::chrono::microseconds;

constexpr int64_t kRetryMillis = 200;         // after a disk that would not
constexpr int64_t kSpareRetryMillis = 1000;
constexpr int64_t kRemoveEveryMillis = 10'000;
constexpr microseconds kLongestRest{1'000'000};
// When rounds follow each other within kBusy, the thread pauses for kPause without asking to be woken: more records go into one
// write, and no loop pays for a wake. It is what an answer waits at most in addition.
constexpr int64_t kBusyNanos = 400'000;
constexpr microseconds kPause{150};

} // namespace

void JournalEngine::hand(Batch& batch) noexcept
{
    if (inbox_.push(batch)) bell_.ring();
    if (ended_.load(std::memory_order_seq_cst)) refuseRest();
}

void JournalEngine::applied(uint64_t sequence) noexcept
{
    uint64_t before = applied_.load(std::memory_order_relaxed);
    while (before < sequence && !applied_.compare_exchange_weak(before, sequence, std::memory_order_release))
    {
    }
}

Result<std::vector<Numbered>, DiskError> JournalEngine::next(uint64_t after, size_t most, std::chrono::milliseconds wait)
{
    return shelf_.next(after, most, wait);
}

void JournalEngine::run()
{
    pthread_setname_np(pthread_self(), "journal");
    int64_t lastRound = 0;
    while (!stopping_.load(std::memory_order_acquire))
    {
        const int64_t began = steadyNanos();
        syncEnded();
        const bool got = gather();
        write();
        syncWhenDue();
        keepSpares();
        removeExpired();
        publish();
        const bool busy = got && began - lastRound < kBusyNanos;
        if (got) lastRound = began;
        if (busy)
            std::this_thread::sleep_for(kPause);
        else
            bell_.wait(rest());
    }
    finish();
}

bool JournalEngine::gather()
{
    Batch* batch = inbox_.take();
    if (batch == nullptr) return false;
    while (batch != nullptr)
    {
        Batch* next = BatchInbox::next(*batch); // it may be filled again as soon as its `done` is called
        take(*batch);
        batch = next;
    }
    return true;
}

void JournalEngine::take(Batch& batch)
{
    for (std::string_view rest = batch.payloads_; !rest.empty();)
    {
        const auto size = fixedAt<uint32_t>(rest.data());
        const std::string_view payload = rest.substr(sizeof(uint32_t), size);
        rest.remove_prefix(sizeof(uint32_t) + size);
        if (static_cast<RecordType>(payload.front()) == RecordType::progress && !roomForProgress(size))
        {
            ++droppedProgress_;
            continue;
        }
        file_->append(payload);
        open_.follow(file_->lastAppended(), 0, payload, file_->ordinal());
        if (file_->full()) write();
    }
    waiting_.push_back({&batch, file_->lastAppended(), batch.room_});
}

bool JournalEngine::roomForProgress(size_t bytes) const noexcept
{
    return file_->room() >= room_.reserved() + bytes + kFrameHead;
}

void JournalEngine::write()
{
    if (trouble_ && clock_.bootMillis() < retryAt_) return;
    const auto wrote = file_->write();
    if (wrote)
        trouble_.reset();
    else
        afterTrouble(wrote.error());
    if (unsyncedSince_ == 0 && file_->lastWritten() > file_->lastSynced()) unsyncedSince_ = clock_.bootMillis();
    complete();
}

void JournalEngine::afterTrouble(const DiskError& error)
{
    trouble_ = error;
    retryAt_ = clock_.bootMillis() + kRetryMillis;
}

void JournalEngine::complete()
{
    // The room that the records took is gone before what was reserved for them comes back: never promised twice.
    const bool accepting = !trouble_ && !stopping_.load(std::memory_order_relaxed) && lag_.bytes() <= settings_.mostLagBytes;
    room_.setRoom(accepting ? file_->room() : 0);
    for (; roomGiven_ < waiting_.size() && waiting_[roomGiven_].through <= file_->lastWritten(); ++roomGiven_)
        room_.release(waiting_[roomGiven_].room);

    const uint64_t safe = settings_.acknowledgeSynced ? file_->lastSynced() : file_->lastWritten();
    while (!waiting_.empty() && roomGiven_ > 0 && waiting_.front().through <= safe)
    {
        Batch& batch = *waiting_.front().batch;
        waiting_.pop_front();
        --roomGiven_;
        batch.done_(batch, batch.context_, true);
    }
}

void JournalEngine::syncWhenDue()
{
    if (syncing_ || unsyncedSince_ == 0) return;
    if (!settings_.acknowledgeSynced && clock_.bootMillis() - unsyncedSince_ < settings_.syncAfter.count()) return;
    unsyncedSince_ = 0;
    syncing_ = file_->startSync();
    if (!syncing_) return;
    syncer_->send(
        [this, file = syncing_.file]
        {
            const int64_t began = steadyNanos();
            auto result = file->sync();
            {
                const std::lock_guard lock(errandMutex_);
                syncMicros_ = (steadyNanos() - began) / 1000;
                syncResult_.emplace(std::move(result));
            }
            bell_.ring();
        });
}

void JournalEngine::syncEnded()
{
    if (!syncing_) return;
    std::optional<Result<Done, DiskError>> result;
    int64_t micros = 0;
    {
        const std::lock_guard lock(errandMutex_);
        result.swap(syncResult_);
        micros = syncMicros_;
    }
    if (!result) return;
    {
        const std::lock_guard lock(healthMutex_);
        ++health_.syncs;
        health_.lastSyncMicros = static_cast<uint64_t>(micros);
        health_.syncMicros += static_cast<uint64_t>(micros);
    }
    const auto finished = file_->finishSync(syncing_, *result);
    syncing_ = {};
    if (!finished) afterTrouble(finished.error());
    complete();
}

void JournalEngine::keepSpares()
{
    std::optional<Result<Spare, DiskError>> made;
    {
        const std::lock_guard lock(errandMutex_);
        made.swap(spareResult_);
    }
    const int64_t now = clock_.bootMillis();
    if (made)
    {
        making_ = false;
        spareTrouble_ = *made ? std::string() : made->error().what;
        if (*made)
            file_->addSpare(std::move(**made));
        else
            spareRetryAt_ = now + kSpareRetryMillis;
        complete();
    }
    const bool enough = file_->room() >= room_.reserved() + settings_.segmentBytes;
    if (making_ || enough || now < spareRetryAt_ || lag_.bytes() > settings_.mostLagBytes) return;
    making_ = true;
    filer_->send(
        [this]
        {
            auto spare = file_->spareMaker().make(file_->segmentBytes(), cancelSpare_);
            {
                const std::lock_guard lock(errandMutex_);
                spareResult_.emplace(std::move(spare));
            }
            bell_.ring();
        });
}

void JournalEngine::removeExpired()
{
    {
        const std::lock_guard lock(errandMutex_);
        if (std::exchange(removed_, false)) making_ = false;
    }
    const int64_t now = clock_.bootMillis();
    if (making_ || now < removeAt_) return;
    removeAt_ = now + kRemoveEveryMillis;
    const std::vector<SegmentInfo> closed = shelf_.closed();
    const size_t count = expired(closed, applied_.load(std::memory_order_acquire), open_, clock_.wallMillis(),
                                 {settings_.keepBytes, settings_.keepFor, settings_.segmentBytes});
    if (count == 0) return;
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i)
        names.push_back(closed[i].name);
    shelf_.forget(names);
    making_ = true;
    filer_->send(
        [this, names = std::move(names)]
        {
            // In order, and not beyond one that stays: the numbers that are kept have no gap. The next start finds the rest.
            Result<Done, DiskError> removed = Done{};
            for (size_t i = 0; i < names.size() && removed; ++i)
                removed = disk_.remove(names[i]);
            {
                const std::lock_guard lock(errandMutex_);
                removed_ = true;
                removeTrouble_ = removed ? std::string() : removed.error().what;
            }
            bell_.ring();
        });
}

microseconds JournalEngine::rest() const noexcept
{
    const int64_t now = clock_.bootMillis();
    int64_t until = now + 1000;
    if (trouble_) until = std::min(until, retryAt_);
    if (!syncing_ && unsyncedSince_ != 0) until = std::min(until, unsyncedSince_ + settings_.syncAfter.count());
    return std::clamp(microseconds((until - now) * 1000), microseconds(0), kLongestRest);
}

} // namespace switchyard::ledger
