#include <cstdio>
#include "config/options.h"
int main(int c,char**v){auto r=squid::parse_command_line(c,v); if(!r){fprintf(stderr,"squid-bpf: %s\n",r.error().message.c_str());return 2;} if(auto*a=std::get_if<squid::Answer>(&*r)) fputs(a->text.c_str(),stdout); return 0;}
