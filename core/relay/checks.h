// What the relay asks of a request's fields before it looks for a channel (relay.md 5.1). Only what a provider could not
// answer sensibly, or what the gateway's own accounts depend on, is refused here; all else is the provider's business.
#pragma once

#include "accounts/language.h"
#include "base/error.h"
#include "base/result.h"
#include "relay/body_scan.h"

#include <string_view>

namespace switchyard::relay
{

enum class BodyFormat
{
    json,
    multipart,
    other
};

/// What a body is. A missing or different Content-Type does not hide JSON (relay.md 14, 16): a body that begins with `{`
/// is JSON unless the client says multipart.
BodyFormat bodyFormat(std::string_view contentType, std::string_view body);

/// 400 `invalid_text_request` that names the byte; where a member comes twice its name is `param`.
ApiError invalidBody(const BodyProblem& problem, accounts::Language language);

/// 400 for a body that should be JSON and is not even meant to be (bodyFormat() other, or empty).
ApiError bodyIsNotJson(std::string_view contentType, accounts::Language language);

/// The model that a request is for: `model`, else the one of the path, else the operation's default
/// (`text-moderation-stable` for moderations). Empty: none.
std::string_view requestedModel(std::string_view operation, const BodyIndex& body, std::string_view pathModel);

/// Checks the types and ranges of the fields of `operation` (SWY_OP_...). The error is 400 `invalid_text_request` of type
/// `one_api_error`; `param` names the field, as in `messages[2].content[0].image_url`.
Result<Done, ApiError> checkFields(std::string_view operation, const BodyIndex& body, std::string_view pathModel,
                                   accounts::Language language);

} // namespace switchyard::relay
