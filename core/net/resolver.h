// Resolver: host names to addresses without ever blocking a loop.
#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/error.h"
#include "net/task.h"
#include "net/waiter.h"

#include <memory>
#include <string>
#include <vector>

namespace switchyard::net
{

class Workers;

/// One per process: getaddrinfo on a worker thread, answers kept for a short while, simultaneous questions for one name
/// asked once. [any loop's thread]
class Resolver
{
public:
    explicit Resolver(Workers& workers, int64_t keepMs = 30'000);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Addresses of `host` (name or literal) with `port`, in the system's order of preference (RFC 6724). Errors: dns,
    /// timeout, cancelled.
    Task<Result<std::vector<IpAddress>, NetError>> resolve(std::string host, uint16_t port, Until until);

    /// Answers for `host` without asking anybody; for tests.
    void pin(const std::string& host, std::vector<IpAddress> addresses);

private:
    struct State;
    std::shared_ptr<State> state_;
    Workers& workers_;
};

} // namespace switchyard::net
