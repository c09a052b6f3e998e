// The composition root.
#include "app/application.h"

int main(int argc, char** argv)
{
    const switchyard::app::Hooks hooks;
    switchyard::app::Application application(hooks);
    return application.start(argc, argv);
}
