#include "net/loop.h"

#include "base/clock.h"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace switchyard::net
{

namespace
{

constexpr size_t kBatch = 256;
constexpr int64_t kLongestWait = 60'000;

thread_local Loop* currentLoop = nullptr;

} // namespace

Inbox::Inbox() : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Inbox::~Inbox() { ::close(event_); }

void Inbox::post(std::function<void()> job)
{
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    jobs_.push_back(std::move(job));
    if (jobs_.size() > 1) return; // the loop was told already
    const uint64_t one = 1;
    if (::write(event_, &one, sizeof(one)) < 0) return; // only EAGAIN: the counter is full, so the loop is awake
}

std::vector<std::function<void()>> Inbox::take()
{
    uint64_t count = 0;
    if (::read(event_, &count, sizeof(count)) < 0) count = 0; // EAGAIN: told twice
    const std::lock_guard lock(mutex_);
    return std::exchange(jobs_, {});
}

void Inbox::close()
{
    std::vector<std::function<void()>> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(jobs_);
}

Loop::Loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), inbox_(std::make_shared<Inbox>()), now_(steadyMillis()), deadlines_(now_),
      batch_(kBatch)
{
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    currentLoop = this;
    if (const int error = watch(inbox_->event_, EPOLLIN | EPOLLET, *this))
        throw std::system_error(error, std::generic_category(), "epoll_ctl");
}

Loop::~Loop()
{
    inbox_->close();
    tasks_.clear();
    ::close(epoll_);
    if (currentLoop == this) currentLoop = nullptr;
}

Loop& Loop::current() noexcept { return *currentLoop; }

int Loop::watch(int fd, uint32_t events, Watched& watched) noexcept
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watched;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void Loop::unwatch(int fd, const Watched& watched) noexcept
{
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    for (size_t i = 0; i < batchEnd_; ++i)
        if (batch_[i].data.ptr == &watched) batch_[i].data.ptr = nullptr;
}

void Loop::happened(uint32_t) noexcept { mail_ = true; }

void Loop::strayed(std::exception_ptr thrown) noexcept
{
    if (!stray_) stray_ = std::move(thrown);
}

void Loop::resumeReady()
{
    while (ready_.linked())
    {
        auto& waiter = static_cast<Waiter&>(ready_.next());
        waiter.unlink();
        waiter.handle.resume();
    }
}

void Loop::runPosted()
{
    mail_ = false;
    for (auto& job : inbox_->take())
    {
        job();
        resumeReady();
    }
}

void Loop::turn(int64_t longest)
{
    resumeReady();
    const int64_t wait = later_.linked() || mail_ ? 0 : deadlines_.untilNext(longest);
    const int count = epoll_wait(epoll_, batch_.data(), static_cast<int>(batch_.size()), static_cast<int>(wait));
    now_ = steadyMillis();
    batchEnd_ = count > 0 ? static_cast<size_t>(count) : 0;
    for (size_t i = 0; i < batchEnd_; ++i)
    {
        auto* watched = static_cast<Watched*>(batch_[i].data.ptr);
        if (!watched) continue; // closed by an earlier event of this batch
        watched->happened(batch_[i].events);
        resumeReady();
    }
    batchEnd_ = 0;
    deadlines_.advance(now_);
    resumeReady();
    if (mail_) runPosted();
    // Those that found data all the time had their share; the list is cut off first, they may come back to it.
    Link turned;
    while (later_.linked())
    {
        Link& link = later_.next();
        link.unlink();
        link.linkBefore(turned);
    }
    while (turned.linked())
    {
        auto& kick = static_cast<Kick&>(turned.next());
        kick.unlink();
        kick.watched.happened(0);
        resumeReady();
    }
    if (stray_) std::rethrow_exception(std::exchange(stray_, nullptr));
}

void Loop::run()
{
    currentLoop = this;
    stopping_ = false;
    while (!stopping_)
        turn(kLongestWait);
}

bool Loop::runUntil(const std::function<bool()>& done, int64_t milliseconds)
{
    currentLoop = this;
    now_ = steadyMillis();
    const int64_t end = now_ + milliseconds;
    for (;;)
    {
        resumeReady(); // may be what makes it true, and then nothing else will wake us
        if (stray_) std::rethrow_exception(std::exchange(stray_, nullptr));
        if (done()) return true;
        if (now_ >= end) return false;
        turn(end - now_);
    }
}

void Loop::stop()
{
    post([this] { stopping_ = true; });
}

} // namespace switchyard::net
