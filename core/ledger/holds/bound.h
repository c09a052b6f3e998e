// How many output tokens a hold covers (ledger.md 2, the table).
#pragma once

#include <cstdint>
#include <string_view>

namespace switchyard::ledger
{

/// What a request says of its output.
struct OutputAsked
{
    bool chat = true;      ///< false: embeddings and moderations, which have none
    bool stream = false;
    int64_t choices = 1;   ///< n
    int64_t limit = 0;     ///< max_completion_tokens, else max_tokens; 0: none given
};

struct OutputBound
{
    int64_t tokens = 0;      ///< of all choices together
    bool extensible = false; ///< grows by kExtension when kExtendBefore are left
    bool limited = false;    ///< the client's own limit makes it
    bool canLower = false;   ///< where less is left a lower limit may be sent upstream
};

inline constexpr int64_t kExtension = 1024;
inline constexpr int64_t kExtendBefore = 512;
inline constexpr int64_t kFirstStreamHold = 4096;
inline constexpr int64_t kUnknownMaxOutput = 16'384;
inline constexpr int64_t kDefaultHoldCap = 65'536; ///< option HoldTokensCap
inline constexpr int64_t kLeastOutput = 16;        ///< a lowered hold pays at least so many tokens

/// What a model can write at most, by the providers' model pages; kUnknownMaxOutput for one that is not listed.
int64_t maxOutputOf(std::string_view model) noexcept;
/// Whether it thinks without showing it: what it thinks is charged and never delivered.
bool thinksUnseen(std::string_view model) noexcept;

OutputBound outputBound(const OutputAsked& asked, std::string_view model, int64_t cap) noexcept;

} // namespace switchyard::ledger
