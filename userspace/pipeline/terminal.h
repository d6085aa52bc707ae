// Terminal: whether we were started from one that is gone now. Then SIGHUP has its old meaning: nobody looks
// at the table any more.
#pragma once

namespace squid {

class Terminal {
 public:
  // Who was started to outlive its terminal (nohup) has none.
  Terminal();
  bool is_gone() const;

 private:
  bool was_there_;
};

}  // namespace squid
