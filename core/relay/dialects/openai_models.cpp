#include "relay/dialects/openai_models.h"

#include "base/text.h"
#include "relay/byte_texts.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

void appendItem(std::string& out, const ListedModel& model)
{
    const std::string name = jsonQuoted(model.name);
    out.append(R"({"id":)").append(name).append(R"(,"object":"model","created":1626777600,"owned_by":)");
    appendJsonQuoted(out, model.ownedBy.empty() ? "custom" : model.ownedBy);
    // One constant object that clients of old expect (relay.md 10).
    out += R"(,"permission":[{"id":"modelperm-LwHkVFn8AcMItP432fKKDIKJ","object":"model_permission","created":1626777600,)"
           R"("allow_create_engine":true,"allow_sampling":true,"allow_logprobs":true,"allow_search_indices":false,)"
           R"("allow_view":true,"allow_fine_tuning":false,"organization":"*","group":null,"is_blocking":false}],"root":)";
    out.append(name).append(R"(,"parent":null})");
}

} // namespace

std::string modelList(std::vector<ListedModel> models)
{
    std::sort(models.begin(), models.end(), [](const ListedModel& a, const ListedModel& b) {
        if (a.name != b.name) return a.name < b.name;
        return a.ownedBy > b.ownedBy; // a known owner before none
    });
    const auto sameName = [](const ListedModel& a, const ListedModel& b) { return a.name == b.name; };
    models.erase(std::unique(models.begin(), models.end(), sameName), models.end());
    std::string out = R"({"object":"list","data":[)";
    for (size_t i = 0; i < models.size(); ++i)
    {
        if (i > 0) out += ',';
        appendItem(out, models[i]);
    }
    return out += "]}";
}

std::string modelItem(const ListedModel& model)
{
    std::string out;
    appendItem(out, model);
    return out;
}

ApiError noSuchModel(std::string_view name, accounts::Language language)
{
    ApiError error;
    error.status = 404;
    error.type = "invalid_request_error";
    error.code = "model_not_found";
    error.param = "model";
    error.message = texts::kNoModel.in(language, {name});
    return error;
}

} // namespace switchyard::relay
