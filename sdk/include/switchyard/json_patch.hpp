// Changing top-level members of a JSON body without parsing or copying it: the changed body is a list of pieces, ranges
// of the client's body and short texts between them.
//
//     JsonPatch patch(start.body, start.members);
//     patch.setText("model", start.model);
//     patch.setWithin("stream_options", "include_usage", "true");
//     request.body(patch);                       // patch must live until the request action has returned
//
// Everything else in the body stays byte for byte: unknown members, long numbers, blanks, order.
#pragma once

#include "inline_list.hpp"
#include "json_view.hpp"
#include "provider.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

class JsonPatch
{
public:
    /// `body` is a JSON object that has been checked, `members` its top-level members in order (swy_start_t has both).
    /// Both must outlive the patch.
    JsonPatch(std::string_view body, const swy_member_t* members, size_t count)
        : body_(body), members_(members), count_(count)
    {
    }

    bool has(std::string_view name) const { return last(name) < count_; }
    /// The value as the client sent it; missing if there is none. Of repeated members the last counts, as in most
    /// parsers.
    JsonView value(std::string_view name) const
    {
        const size_t i = last(name);
        return i < count_ ? JsonView(body_.substr(members_[i].value_offset, members_[i].value_size)) : JsonView();
    }

    /// Gives the member this value (JSON text); adds it at the end if there is none. Repeated members all get it.
    void set(std::string_view name, std::string_view json) { assign(name, keep(json)); }
    /// The same with a text as value.
    void setText(std::string_view name, std::string_view text)
    {
        const size_t begin = scratch_.size();
        appendJsonString(scratch_, text);
        assign(name, {begin, scratch_.size() - begin});
    }
    /// Sets a member of an object member: `stream_options`, `include_usage`. What is no object becomes one.
    void setWithin(std::string_view object, std::string_view name, std::string_view json)
    {
        const InlineText<256> inner(current(object));
        assign(object, keepObject(JsonView(inner), name, json));
    }
    /// Takes the member out, however often it stands there.
    void remove(std::string_view name)
    {
        for (size_t i = 0; i < count_; ++i)
            if (is(members_[i], name)) changes_[change(i)] = {i, true, {}};
        for (Addition& addition : additions_)
            if (text(addition.name) == name) addition.dead = true;
    }

    /// Whether the body differs from the client's.
    bool changed() const { return !changes_.empty() || !additions_.empty(); }

    /// The body in pieces; valid until the patch is changed or gone.
    const InlineList<swy_piece_t, 12>& pieces()
    {
        pieces_.clear();
        compose(
            [this](size_t offset, size_t size) {
                pieces_.add({SWY_PIECE_CLIENT_BODY, 0, {nullptr, 0}, 0, offset, size});
            },
            [this](std::string_view bytes) {
                pieces_.add({SWY_PIECE_BYTES, 0, {bytes.data(), bytes.size()}, 0, 0, 0});
            });
        return pieces_;
    }

    /// The body in one text: for small ones, and for signatures over it.
    std::string whole()
    {
        std::string out;
        out.reserve(body_.size() + scratch_.size());
        compose([&](size_t offset, size_t size) { out.append(body_, offset, size); },
                [&](std::string_view bytes) { out += bytes; });
        return out;
    }

private:
    struct Range
    {
        size_t offset, size; // in scratch_
    };
    struct Change
    {
        size_t member;
        bool removed;
        Range value;
    };
    struct Addition
    {
        Range name, value;
        bool dead;
    };

    std::string_view text(Range range) const { return scratch_.view().substr(range.offset, range.size); }
    static bool is(const swy_member_t& member, std::string_view name)
    {
        return std::string_view(member.name.data ? member.name.data : "", member.name.size) == name;
    }
    size_t last(std::string_view name) const
    {
        for (size_t i = count_; i-- > 0;)
            if (is(members_[i], name)) return i;
        return count_;
    }
    Range keep(std::string_view bytes)
    {
        const size_t begin = scratch_.size();
        scratch_ += bytes;
        return {begin, bytes.size()};
    }

    /// The change of the i-th member, made if there was none. Changes stay sorted by member.
    size_t change(size_t i)
    {
        size_t at = 0;
        while (at < changes_.size() && changes_[at].member < i)
            ++at;
        if (at < changes_.size() && changes_[at].member == i) return at;
        changes_.add({});
        for (size_t k = changes_.size() - 1; k > at; --k)
            changes_[k] = changes_[k - 1];
        changes_[at] = {i, false, {}};
        return at;
    }
    const Change* changeOf(size_t i) const
    {
        for (const Change& change : changes_)
            if (change.member == i) return &change;
        return nullptr;
    }

    void assign(std::string_view name, Range value)
    {
        bool found = false;
        for (size_t i = 0; i < count_; ++i)
            if (is(members_[i], name))
            {
                changes_[change(i)] = {i, false, value};
                found = true;
            }
        if (found) return;
        for (Addition& addition : additions_)
            if (text(addition.name) == name)
            {
                addition.value = value;
                addition.dead = false;
                return;
            }
        additions_.add({keep(name), value, false});
    }

    /// What the member's value is with the changes so far; empty: there is none.
    std::string_view current(std::string_view name) const
    {
        if (const size_t i = last(name); i < count_)
        {
            const Change* change = changeOf(i);
            if (!change) return body_.substr(members_[i].value_offset, members_[i].value_size);
            return change->removed ? std::string_view() : text(change->value);
        }
        for (const Addition& addition : additions_)
            if (!addition.dead && text(addition.name) == name) return text(addition.value);
        return {};
    }

    Range keepObject(JsonView object, std::string_view name, std::string_view json)
    {
        const size_t begin = scratch_.size();
        scratch_ += "{";
        bool first = true;
        for (const JsonMember& member : object.members())
        {
            if (member.nameIs(name)) continue;
            scratch_ += first ? "\"" : ",\"";
            scratch_ += member.name;
            scratch_ += "\":";
            scratch_ += member.value.json();
            first = false;
        }
        if (!first) scratch_ += ",";
        appendJsonString(scratch_, name);
        scratch_ += ":";
        scratch_ += json;
        scratch_ += "}";
        return {begin, scratch_.size() - begin};
    }

    /// Walks the members once: `at` is how far the body has been written, a removed member takes its comma with it.
    template <class FromBody, class Bytes>
    void compose(FromBody&& fromBody, Bytes&& bytes)
    {
        size_t at = 0, survivorsEnd = body_.find('{') + 1;
        bool survivors = false;
        const auto copyTo = [&](size_t end)
        {
            if (end > at) fromBody(at, end - at);
            at = end;
        };
        for (size_t i = 0, next = 0; i < count_; ++i)
        {
            const swy_member_t& member = members_[i];
            const Change* change = next < changes_.size() && changes_[next].member == i ? &changes_[next++] : nullptr;
            if (change && change->removed)
            {
                // What came before it ends at the last survivor; what follows begins at the next member's name.
                copyTo(survivorsEnd > at ? survivorsEnd : at);
                at = survivors ? end(member) : i + 1 < count_ ? members_[i + 1].name_offset : end(member);
                if (survivors) survivorsEnd = at;
                continue;
            }
            if (change)
            {
                copyTo(member.value_offset);
                bytes(text(change->value));
                at = end(member);
            }
            survivors = true;
            survivorsEnd = end(member);
        }
        insertion_.clear();
        bool comma = survivors;
        for (const Addition& addition : additions_)
        {
            if (addition.dead) continue;
            if (comma) insertion_ += ",";
            comma = true;
            appendJsonString(insertion_, text(addition.name));
            insertion_ += ":";
            insertion_ += text(addition.value);
        }
        if (insertion_.size() > 0)
        {
            copyTo(survivorsEnd > at ? survivorsEnd : at);
            bytes(insertion_.view());
        }
        copyTo(body_.size());
    }

    static size_t end(const swy_member_t& member) { return member.value_offset + member.value_size; }

    std::string_view body_;
    const swy_member_t* members_;
    size_t count_;
    InlineText<256> scratch_;   // new values and names
    InlineText<256> insertion_; // the members added, as one text
    InlineList<Change, 8> changes_;
    InlineList<Addition, 8> additions_;
    InlineList<swy_piece_t, 12> pieces_;
};

} // namespace switchyard::sdk
