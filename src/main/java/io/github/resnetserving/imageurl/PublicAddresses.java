package io.github.resnetserving.imageurl;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Tells addresses of the Internet from those of this machine and of the networks behind it, by
 * IANA's registries of special-purpose addresses (RFC 6890).
 */
final class PublicAddresses {

  /** What is not the Internet, besides what {@link InetAddress} knows. */
  private static final List<Block> SPECIAL =
      List.of(
          Block.of("0.0.0.0", 8), // this network
          Block.of("10.0.0.0", 8), // private
          Block.of("100.64.0.0", 10), // shared by carriers
          Block.of("127.0.0.0", 8), // this machine
          Block.of("168.63.129.16", 32), // Azure's host, by an address that Microsoft owns
          Block.of("169.254.0.0", 16), // link-local, cloud metadata
          Block.of("172.16.0.0", 12), // private
          Block.of("192.0.0.0", 24), // protocol assignments
          Block.of("192.0.2.0", 24), // documentation
          Block.of("192.88.99.0", 24), // 6to4 relays
          Block.of("192.168.0.0", 16), // private
          Block.of("198.18.0.0", 15), // benchmarks
          Block.of("198.51.100.0", 24), // documentation
          Block.of("203.0.113.0", 24), // documentation
          Block.of("224.0.0.0", 4), // multicast
          Block.of("240.0.0.0", 4)); // reserved, broadcast

  /**
   * All of IPv6 that is routed, global unicast (RFC 4291). Outside of it lie, among others, mapped
   * and compatible IPv4 addresses, NAT64's 64:ff9b::/96 and 64:ff9b:1::/48, unique local addresses
   * such as the metadata services fd00:ec2::254 and fd20:ce::254, and SRv6's 5f00::/16.
   */
  private static final Block GLOBAL = Block.of("2000::", 3);

  private static final List<Block> SPECIAL_6 =
      List.of(
          Block.of("2001::", 23), // protocol assignments, Teredo
          Block.of("2001:db8::", 32), // documentation
          Block.of("2002::", 16), // 6to4
          Block.of("3fff::", 20)); // documentation

  /** Addresses that agree in their first bits. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(byte[] start, int bits) {

    static Block of(String start, int bits) {
      try {
        return new Block(
            InetAddress.getByName(start).getAddress(), bits); // literals need no resolver
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(start, e);
      }
    }

    boolean contains(byte[] address) {
      if (address.length != start.length) {
        return false;
      }
      int whole = bits / 8;
      int mask = 0xff00 >> bits % 8 & 0xff;
      return Arrays.equals(address, 0, whole, start, 0, whole)
          && (mask == 0 || (address[whole] & mask) == (start[whole] & mask));
    }
  }

  /** Interface identifiers of ISATAP (RFC 5214), before the four bytes of an IPv4 address. */
  private static final List<byte[]> ISATAP =
      List.of(new byte[] {0, 0, 0x5e, (byte) 0xfe}, new byte[] {2, 0, 0x5e, (byte) 0xfe});

  private PublicAddresses() {}

  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    return switch (address) {
      case Inet4Address _ -> SPECIAL.stream().noneMatch(block -> block.contains(bytes));
      case Inet6Address _ ->
          GLOBAL.contains(bytes)
              && SPECIAL_6.stream().noneMatch(block -> block.contains(bytes))
              && ISATAP.stream().noneMatch(id -> Arrays.equals(bytes, 8, 12, id, 0, 4));
      default -> false;
    };
  }
}
