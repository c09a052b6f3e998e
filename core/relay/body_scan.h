// The one validating scan of a JSON request body (architecture.md, data plane): syntax, UTF-8, depth, one of each member
// that the gateway reads, nothing after the end. What it finds are places in the client's own bytes: nothing is parsed
// into a tree, and nothing is ever written back from one.
#pragma once

#include "accounts/language.h"
#include "base/result.h"
#include "net/frame_pool.h"
#include "switchyard/provider.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

/// Containers may be nested this deep; a counter of ours, not the C stack, keeps account of it.
inline constexpr size_t kMaxBodyDepth = 512;
/// Members of the top-level object. Far above any API's; it bounds the index's memory.
inline constexpr size_t kMaxBodyMembers = 4096;

/// Why a body is refused, and where: the byte that cannot be, counted from 0.
struct BodyProblem
{
    size_t offset = 0;
    accounts::Text reason;
    std::string_view member; ///< the top-level member at fault, where it is one; a literal
};

/// The top-level members that the gateway itself reads or patches. Each may come once: two would let a client show one
/// value to the gateway and another to the provider.
enum class Field : uint8_t
{
    model,
    stream,
    streamOptions,
    messages,
    prompt,
    input,
    n,
    maxTokens,
    maxCompletionTokens
};
inline constexpr size_t kFieldCount = 9;

/// Its name in the body.
std::string_view nameOf(Field field) noexcept;

/// Where the top-level members of a body are. Refers to the body's bytes, which must neither move nor go away. Movable.
class BodyIndex
{
public:
    bool isObject() const { return object_; }

    /// All members in their order, names with escapes resolved: what swy_start_t.members promises.
    std::span<const swy_member_t> members() const { return members_; }

    /// nullptr: the body has no such member.
    const swy_member_t* find(Field field) const
    {
        const int32_t at = fields_[static_cast<size_t>(field)];
        return at < 0 ? nullptr : &members_[static_cast<size_t>(at)];
    }
    /// The last one of that name, or nullptr.
    const swy_member_t* find(std::string_view name) const;

    /// A member's value as it is written.
    std::string_view value(const swy_member_t& member) const { return body_.substr(member.value_offset, member.value_size); }
    /// As value(find(field)); empty when there is no such member.
    std::string_view value(Field field) const
    {
        const swy_member_t* member = find(field);
        return member ? value(*member) : std::string_view();
    }

    /// `model` with escapes resolved; empty when it is missing or no string.
    std::string_view model() const { return model_; }
    /// Whether `stream` is true.
    bool stream() const { return value(Field::stream) == "true"; }
    /// Whether the client asked for usage inside its stream (stream_options.include_usage).
    bool includeUsage() const { return includeUsage_; }

    std::string_view body() const { return body_; }

private:
    friend class BodyScanner;

    std::string_view body_;
    std::vector<swy_member_t, net::PoolAllocator<swy_member_t>> members_;
    std::forward_list<std::string> unescaped_; // names, and the model, that had escapes
    std::string_view model_;
    std::array<int32_t, kFieldCount> fields_{-1, -1, -1, -1, -1, -1, -1, -1, -1};
    bool object_ = false;
    bool includeUsage_ = false;
};

/// Scans `body`, which needs no padding. Any JSON value is accepted (isObject() tells); a byte order mark is not.
Result<BodyIndex, BodyProblem> scanBody(std::string_view body);

} // namespace switchyard::relay
