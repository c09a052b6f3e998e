#include "net/error.h"

namespace switchyard::net
{

std::string_view name(ErrorClass kind) noexcept
{
    switch (kind)
    {
    case ErrorClass::dns:
        return "dns";
    case ErrorClass::connect:
        return "connect";
    case ErrorClass::tls:
        return "tls";
    case ErrorClass::timeout:
        return "timeout";
    case ErrorClass::reset:
        return "reset";
    case ErrorClass::closed:
        return "closed";
    case ErrorClass::protocol:
        return "protocol";
    case ErrorClass::tooLarge:
        return "too_large";
    case ErrorClass::cancelled:
        return "cancelled";
    case ErrorClass::refusedAddress:
        return "refused_address";
    case ErrorClass::unsupported:
        return "unsupported";
    }
    return "unknown";
}

std::string_view name(Timeout which) noexcept
{
    switch (which)
    {
    case Timeout::none:
        return "none";
    case Timeout::connect:
        return "connect";
    case Timeout::firstByte:
        return "first_byte";
    case Timeout::stall:
        return "stall";
    case Timeout::write:
        return "write";
    case Timeout::total:
        return "total";
    }
    return "unknown";
}

} // namespace switchyard::net
