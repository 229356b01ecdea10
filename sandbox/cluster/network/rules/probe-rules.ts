/** One rule of each sort that the node's table needs, made and taken away at once: a kernel may lack some. */
export const PROBE_RULES = `table ip probe {
  chain target { return; }
  chain nat { type nat hook prerouting priority dstnat; ip daddr 192.0.2.1 tcp dport 1 dnat ip addr . port to numgen random mod 1 map { 0 : 192.0.2.2 . 1 }; }
  chain itself { type nat hook postrouting priority srcnat; ct status dnat ip saddr . ip daddr { 192.0.2.1 . 192.0.2.1 } masquerade; }
  chain filter { type filter hook forward priority filter; ct state established,related ct direction reply accept; ip saddr vmap { 192.0.2.1 : jump target }; }
}
delete table ip probe
`;
