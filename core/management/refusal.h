// How a handler says no: it throws, and the router makes the envelope.
#pragma once

#include "management/api.h"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// A request that is refused for a reason that its sender can mend. Becomes {"success":false,"message":...} in the
/// sender's language. `arguments` fill the `{}` of the text.
class Refusal : public std::runtime_error
{
public:
    explicit Refusal(const Text& text, std::initializer_list<std::string_view> arguments = {}, int status = 200)
        : std::runtime_error(text.in(Language::english, arguments)), chinese_(text.in(Language::chinese, arguments)),
          status_(status)
    {
    }

    std::string message(Language language) const { return language == Language::chinese ? chinese_ : what(); }
    int status() const noexcept { return status_; }

private:
    std::string chinese_;
    int status_;
};

} // namespace switchyard::management
