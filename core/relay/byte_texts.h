// Every sentence about bodies, fields and failed attempts that the relay says to a client, in English and Chinese. Tests compare statuses and codes, never
// these.
#pragma once

#include "accounts/language.h"

namespace switchyard::relay::texts
{

using accounts::Text;

inline constexpr Text kInvalidJson{"The request body is not valid JSON: at byte {}, {}.", "请求体不是有效的 JSON：第 {} 字节处{}。"};
inline constexpr Text kMemberTwice{"The request body has the member `{}` twice (again at byte {}). Send it once.",
                                   "请求体中成员 `{}` 重复（第 {} 字节处再次出现），请只发送一次。"};
inline constexpr Text kNotJson{"The request body is not JSON (Content-Type: {}). Send a JSON object with `Content-Type: application/json`.",
                               "请求体不是 JSON（Content-Type：{}）。请以 `Content-Type: application/json` 发送 JSON 对象。"};
inline constexpr Text kNotObject{"The request body must be a JSON object.", "请求体必须是 JSON 对象。"};
inline constexpr Text kWrongType{"`{}` must be {}.", "`{}` 必须是{}。"};
inline constexpr Text kOutOfRange{"`{}` must be between {} and {}.", "`{}` 必须在 {} 到 {} 之间。"};
inline constexpr Text kRequired{"`{}` is required.", "缺少必填字段 `{}`。"};
inline constexpr Text kNotEmpty{"`{}` must not be empty.", "`{}` 不能为空。"};

inline constexpr Text kBoolean{"true or false", "布尔值（true 或 false）"};
inline constexpr Text kInteger{"a whole number without a decimal point", "不带小数点的整数"};
inline constexpr Text kNumber{"a number", "数字"};
inline constexpr Text kString{"a string", "字符串"};
inline constexpr Text kArray{"an array", "数组"};
inline constexpr Text kObject{"an object", "对象"};
inline constexpr Text kStrings{"an array of strings", "字符串数组"};
inline constexpr Text kObjects{"an array of objects", "对象数组"};
inline constexpr Text kContent{"a string, null, or an array of parts", "字符串、null 或内容片段数组"};
inline constexpr Text kImageUrl{"a URL, or an object with a string `url`", "URL，或包含字符串 `url` 的对象"};

inline constexpr Text kNoModel{"The model `{}` does not exist, or this token may not use it. See GET /v1/models.",
                               "模型 `{}` 不存在，或当前令牌无权使用。可用模型见 GET /v1/models。"};

inline constexpr Text kOfChannel{"{} [channel {}, #{}]", "{} [渠道 {}，#{}]"};
inline constexpr Text kRateLimited{"The provider behind this channel accepts no more requests at the moment; try again later. It said: {}",
                                   "该渠道的上游暂时不再接受请求，请稍后重试。上游消息：{}"};

} // namespace switchyard::relay::texts
