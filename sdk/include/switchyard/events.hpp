// What the events carry, as C++ values: views over the records of provider.h, valid as long as those are.
#pragma once

#include "json_patch.hpp"
#include "json_view.hpp"
#include "provider.h"

#include <cstdint>
#include <string_view>

namespace switchyard
{

inline std::string_view view(swy_borrowed_t bytes)
{
    return bytes.size ? std::string_view(bytes.data, bytes.size) : std::string_view();
}
inline swy_given_t given(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// A range over an array of the host.
template <class T>
struct Items
{
    const T* data = nullptr;
    size_t count = 0;

    const T* begin() const { return data; }
    const T* end() const { return data + count; }
    size_t size() const { return count; }
    const T& operator[](size_t i) const { return data[i]; }
};

/// The first header of that name (lower case); empty: none.
inline std::string_view header(Items<swy_header_t> headers, std::string_view name)
{
    for (const swy_header_t& each : headers)
        if (view(each.name) == name) return view(each.value);
    return {};
}

/// What to do. Everything here lives until the exchange is destroyed; this object itself only during onStart.
struct Start
{
    explicit Start(const swy_start_t& raw)
        : record(raw), operation(view(raw.operation)), dialect(view(raw.dialect)), model(view(raw.model)),
          requestedModel(view(raw.requested_model)), body(view(raw.body)), stream(raw.flags & SWY_START_STREAM),
          wantsUsage(raw.flags & SWY_START_WANTS_USAGE), members{raw.members, raw.member_count},
          parts{raw.parts, raw.part_count}, headers{raw.headers, raw.header_count}
    {
    }

    const swy_start_t& record;       ///< for what has no name of its own here
    std::string_view operation;      ///< "chat.completions" ...
    std::string_view dialect;        ///< of `body`
    std::string_view model;          ///< the name to send upstream
    std::string_view requestedModel; ///< the name that the client used
    std::string_view body;           ///< the client's bytes, or the common form
    bool stream;                     ///< the client asked for a stream
    bool wantsUsage;                 ///< ... with usage in it
    Items<swy_member_t> members;     ///< of a JSON body
    Items<swy_part_t> parts;         ///< of a multipart body
    Items<swy_header_t> headers;     ///< the client's, those that may go upstream

    /// A top-level member of the JSON body, without a search through the text.
    sdk::JsonView member(std::string_view name) const { return patch().value(name); }
    /// The body, ready to be changed in place.
    sdk::JsonPatch patch() const { return sdk::JsonPatch(body, members.data, members.count); }
    std::string_view header(std::string_view name) const { return switchyard::header(headers, name); }
    std::string_view credentialName() const
    {
        return SWY_HAS(&record, swy_start_t, credential_name) ? view(record.credential_name) : std::string_view();
    }
};

/// Head of a response, or of a WebSocket's 101.
struct ResponseHead
{
    uint64_t request;
    int status;
    Items<swy_header_t> headers;

    bool ok() const { return status >= 200 && status < 300; }
    std::string_view header(std::string_view name) const { return switchyard::header(headers, name); }
};

/// A frame of a forwarded answer that holds a needle.
struct Tap
{
    uint64_t request;
    uint32_t needle;
    std::string_view frame; ///< with its delimiter
    std::string_view data;
};

struct TransportError
{
    uint64_t request;
    uint32_t errorClass; ///< SWY_TRANSPORT_...
    std::string_view text;
};

struct Credential
{
    uint64_t id;
    uint32_t cause; ///< 0: here it is
    std::string_view bytes;
    std::string_view message;
    uint64_t generation;
};

struct Media
{
    uint64_t id;
    uint32_t cause; ///< 0: fetched
    std::string_view contentType;
    std::string_view bytes;
    std::string_view message;
};

struct Message
{
    uint64_t socket; ///< 0: from the client
    bool binary;
    std::string_view bytes;
};

struct WebsocketClose
{
    uint64_t socket;
    uint32_t code;
    std::string_view reason;
};

} // namespace switchyard
