// JSON Schemas of the channel form, put together from common parts.
#pragma once

// clang-format off
#define SWY_OPENAI_SCHEMA_BEGIN \
    R"({"type":"object","properties":{)"
#define SWY_OPENAI_SCHEMA_COMMON \
    R"("include_usage":{"type":"boolean","title":"Ask for usage in streams","description":"Adds stream_options.include_usage to streams whose client did not ask, and keeps the extra chunk from that client. Turn it off for an upstream that refuses the field."},)" \
    R"("headers":{"type":"object","title":"Extra headers","description":"Sent with every request of this channel.","additionalProperties":{"type":"string"},"maxProperties":16})"
#define SWY_OPENAI_SCHEMA_END \
    R"(}})"
#define SWY_OPENAI_SCHEMA_ACCOUNT \
    R"("organization":{"type":"string","title":"Organization","description":"Sent as OpenAI-Organization."},)" \
    R"("project":{"type":"string","title":"Project","description":"Sent as OpenAI-Project."},)"
#define SWY_OPENAI_SCHEMA_AUTH \
    R"("auth":{"type":"string","title":"Key goes into","enum":["bearer","api-key","none"],"default":"bearer","description":"bearer: Authorization: Bearer KEY. api-key: the header api-key. none: no key is sent."},)"
#define SWY_OPENAI_SCHEMA_AZURE \
    R"("api_version":{"type":"string","title":"API version","default":"2024-10-21","description":"A dated version such as 2024-10-21, or v1 for the form without deployments in the path."},)" \
    R"("keep_dots":{"type":"boolean","title":"Keep dots in deployment names","default":false,"description":"Off: gpt-3.5-turbo is called as the deployment gpt-35-turbo."},)" \
    R"("auth":{"type":"string","title":"Key goes into","enum":["api-key","bearer"],"default":"api-key"},)"
#define SWY_OPENAI_SCHEMA_APP \
    R"("app_name":{"type":"string","title":"App name","default":"Switchyard","description":"Sent as X-Title: the name under which the vendor lists this traffic. Empty: not sent."},)" \
    R"("app_url":{"type":"string","title":"App address","description":"Sent as HTTP-Referer. Empty: not sent."},)"
// clang-format on

namespace switchyard::openai
{

inline constexpr const char kSchemaCommon[] = SWY_OPENAI_SCHEMA_BEGIN SWY_OPENAI_SCHEMA_COMMON SWY_OPENAI_SCHEMA_END;
inline constexpr const char kSchemaOpenai[] =
    SWY_OPENAI_SCHEMA_BEGIN SWY_OPENAI_SCHEMA_ACCOUNT SWY_OPENAI_SCHEMA_COMMON SWY_OPENAI_SCHEMA_END;
inline constexpr const char kSchemaOwnServer[] = SWY_OPENAI_SCHEMA_BEGIN SWY_OPENAI_SCHEMA_AUTH
    SWY_OPENAI_SCHEMA_ACCOUNT SWY_OPENAI_SCHEMA_COMMON SWY_OPENAI_SCHEMA_END;
inline constexpr const char kSchemaAzure[] =
    SWY_OPENAI_SCHEMA_BEGIN SWY_OPENAI_SCHEMA_AZURE SWY_OPENAI_SCHEMA_COMMON SWY_OPENAI_SCHEMA_END;
inline constexpr const char kSchemaOpenrouter[] =
    SWY_OPENAI_SCHEMA_BEGIN SWY_OPENAI_SCHEMA_APP SWY_OPENAI_SCHEMA_COMMON SWY_OPENAI_SCHEMA_END;

} // namespace switchyard::openai
