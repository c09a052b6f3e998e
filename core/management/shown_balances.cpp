#include "management/shown_balances.h"

namespace switchyard::management
{

void ShownBalances::show(const std::string& loginSession, store::AccountKind kind, int64_t accountId, int64_t balance)
{
    if (loginSession.empty()) return;
    const std::lock_guard lock(mutex_);
    auto [at, isNew] = logins_.try_emplace(loginSession);
    Login& login = at->second;
    if (isNew)
    {
        byAge_.push_front(loginSession);
        login.age = byAge_.begin();
    }
    else
        byAge_.splice(byAge_.begin(), byAge_, login.age);
    if (login.balances.size() >= kMostPerLogin && !login.balances.contains({kind, accountId})) login.balances.clear();
    login.balances[{kind, accountId}] = {balance, std::nullopt};
    if (logins_.size() <= kMostLogins) return;
    logins_.erase(byAge_.back());
    byAge_.pop_back();
}

void ShownBalances::saved(const std::string& loginSession, store::AccountKind kind, int64_t accountId, int64_t typed)
{
    const std::lock_guard lock(mutex_);
    const auto login = logins_.find(loginSession);
    if (login == logins_.end()) return;
    const auto seen = login->second.balances.find({kind, accountId});
    if (seen != login->second.balances.end()) seen->second.typed = typed;
}

std::optional<Edit> ShownBalances::meaningOf(const std::string& loginSession, store::AccountKind kind,
                                             int64_t accountId, int64_t wanted) const
{
    const std::lock_guard lock(mutex_);
    const auto login = logins_.find(loginSession);
    if (login == logins_.end()) return Edit::to(wanted);
    const auto shown = login->second.balances.find({kind, accountId});
    if (shown == login->second.balances.end()) return Edit::to(wanted);
    if (shown->second.shown == wanted || shown->second.typed == wanted) return std::nullopt;
    int64_t delta = 0;
    if (__builtin_sub_overflow(wanted, shown->second.shown, &delta)) return Edit::to(wanted);
    return Edit::by(delta);
}

void ShownBalances::forget(const std::string& loginSession)
{
    const std::lock_guard lock(mutex_);
    const auto login = logins_.find(loginSession);
    if (login == logins_.end()) return;
    byAge_.erase(login->second.age);
    logins_.erase(login);
}

} // namespace switchyard::management
