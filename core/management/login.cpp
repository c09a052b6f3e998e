#include "management/login.h"

#include "base/text.h"
#include "management/account_rules.h"
#include "management/json_text.h"
#include "management/objects.h"
#include "store/database.h"
#include "store/password.h"

namespace switchyard::management
{

namespace
{

constexpr Text kEmptyField{"User name and password must not be empty.", "用户名和密码不能为空。"};
constexpr Text kWrong{"The user name or the password is wrong, or the account is disabled.",
                      "用户名或密码错误，或账号已被停用。"};
constexpr Text kPasswordLoginOff{"Logging in with a password is switched off.", "管理员已关闭密码登录。"};
constexpr Text kRegistrationOff{"Registration is closed.", "管理员已关闭新用户注册。"};
constexpr Text kPasswordRegistrationOff{"Registration with a password is closed.", "管理员已关闭通过密码注册。"};
constexpr Text kMailOff{"Registration needs a verified e-mail address, and this version cannot send the code. Ask the "
                        "administrator.",
                        "注册需要验证邮箱，而当前版本无法发送验证码，请联系管理员。"};
constexpr Text kTurnstileOff{"Registration needs a Turnstile check, which this version cannot verify. Ask the "
                             "administrator.",
                             "注册需要 Turnstile 校验，而当前版本无法完成该校验，请联系管理员。"};

// Of no password: an unknown name must take as long to refuse as a wrong password.
const std::string kNobodysHash = "$2a$10$CwTycUXWue0Thq9StjUM0uJ8h9XWDvbPVPqkHBqJw/pZYk3CcGJ7e";

std::optional<store::UserRow> findAccount(const Context& context, const std::string& nameOrAddress)
{
    return context.database.read(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            auto user = users.findRowByName(nameOrAddress);
            return user ? user : users.findByEmail(nameOrAddress);
        });
}

Response logIn(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const std::string name = body.textOr("username");
    const std::string password = body.textOr("password");
    if (!currentOptions(context).flag("PasswordLoginEnabled")) throw Refusal(kPasswordLoginOff);
    if (name.empty() || password.empty()) throw Refusal(kEmptyField);

    const std::optional<store::UserRow> found = findAccount(context, name);
    const bool known = found && !found->passwordHash.empty();
    const bool matches = store::passwordMatches(password, known ? found->passwordHash : kNobodysHash);
    if (!known || !matches || found->user.status != store::UserStatus::enabled) throw Refusal(kWrong);

    const LoginSession session = context.sessions.begin(found->user.id, found->passwordHash);
    store::UserRow shown;
    shown.user.id = found->user.id;
    shown.user.name = found->user.name;
    shown.user.role = found->user.role;
    shown.user.status = found->user.status;
    shown.displayName = found->displayName;
    Response response = succeeded(userJson(shown));
    response.headers.emplace_back("Set-Cookie", context.sessions.cookieFor(session, call.request().secure));
    return response;
}

Response logOut(const Context& context, const Call& call)
{
    if (const auto session = context.sessions.of(call.request()))
    {
        context.sessions.end(*session);
        context.shown.forget(session->id);
    }
    Response response = succeeded();
    response.headers.emplace_back("Set-Cookie", LoginSessions::emptyCookie(call.request().secure));
    return response;
}

Response registerUser(const Context& context, const Call& call)
{
    const store::Options options = currentOptions(context);
    if (!options.flag("RegisterEnabled")) throw Refusal(kRegistrationOff);
    if (!options.flag("PasswordRegisterEnabled")) throw Refusal(kPasswordRegistrationOff);
    const JsonBody body = call.body();
    NewAccount account;
    account.name = body.textOr("username");
    account.password = body.textOr("password");
    account.inviteCode = body.textOr("aff_code");
    checkUserName(account.name);
    checkPassword(account.password);
    // Both checks cannot be passed yet (Known gaps): better nobody than everybody.
    if (options.flag("EmailVerificationEnabled")) throw Refusal(kMailOff);
    if (options.flag("TurnstileCheckEnabled")) throw Refusal(kTurnstileOff);
    createAccount(context, account, call.request().requestId, call.language());
    return succeeded();
}

} // namespace

void addLoginRoutes(Router& router, const Context& context)
{
    router.add("POST", "/api/user/login", Protection::none, [&](const Call& call) { return logIn(context, call); },
               Allowance::critical);
    router.add("GET", "/api/user/logout", Protection::none, [&](const Call& call) { return logOut(context, call); });
    router.add("POST", "/api/user/register", Protection::none,
               [&](const Call& call) { return registerUser(context, call); }, Allowance::critical);
}

} // namespace switchyard::management
