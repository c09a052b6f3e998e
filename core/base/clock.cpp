#include "base/clock.h"

#include "base/secret.h"

#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

namespace switchyard
{

namespace
{

timespec read(clockid_t clock) noexcept
{
    timespec t{};
    clock_gettime(clock, &t);
    return t;
}

} // namespace

int64_t unixMillis() noexcept
{
    const timespec t = read(CLOCK_REALTIME);
    return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

int64_t steadyNanos() noexcept
{
    const timespec t = read(CLOCK_MONOTONIC);
    return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

int64_t steadyMillis() noexcept { return steadyNanos() / 1'000'000; }

std::string newRequestId()
{
    struct Calendar
    {
        time_t second = -1;
        char text[15];
    };
    thread_local Calendar calendar;
    const timespec t = read(CLOCK_REALTIME);
    if (t.tv_sec != calendar.second)
    {
        tm local{};
        localtime_r(&t.tv_sec, &local);
        strftime(calendar.text, sizeof(calendar.text), "%Y%m%d%H%M%S", &local);
        calendar.second = t.tv_sec;
    }
    char buffer[48];
    std::memcpy(buffer, calendar.text, 14);
    char* at = std::to_chars(buffer + 14, buffer + 24, static_cast<long>(t.tv_nsec)).ptr;
    std::array<unsigned char, 8> random;
    randomBytes(random);
    for (unsigned char r : random)
        *at++ = static_cast<char>('0' + r % 10);
    return {buffer, at};
}

} // namespace switchyard
