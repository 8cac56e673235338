package io.github.resnetserving.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Says who may ask and who may administer, and refuses to start a server that is open by mistake.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AccessProperties.class)
public class AccessConfiguration {

  @Bean
  AdminKey adminKey(AccessProperties access) {
    Path folder = access.adminKeyDir();
    return access.keys().isEmpty() && folder != null ? AdminKey.in(folder) : AdminKey.none();
  }

  @Bean
  AccessPolicy accessPolicy(AccessProperties access, Environment environment, AdminKey adminKey)
      throws ExposedServerException {
    ApiKeys keys = new ApiKeys(access.keys());
    boolean isProduction = environment.matchesProfiles("production");
    if (isProduction && keys.isOpen() && !access.anonymous()) {
      requireLoopback(environment);
    }
    return new AccessPolicy(keys, adminKey.key(), access.keylessAdministration());
  }

  /** Checks every address on which a server without keys would listen. */
  private static void requireLoopback(Environment environment) throws ExposedServerException {
    String address = environment.getProperty("server.address");
    ExposedServerException.requireLoopback(address);
    if (environment.getProperty("spring.grpc.server.enabled", Boolean.class, true)) {
      ExposedServerException.requireLoopback(environment.getProperty("spring.grpc.server.address"));
    }
    if (environment.containsProperty("management.server.port")) {
      ExposedServerException.requireLoopback(
          environment.getProperty("management.server.address", String.valueOf(address)));
    }
  }

  /** A production server would let the whole network in. */
  public static final class ExposedServerException extends Exception {

    private static final long serialVersionUID = 1;

    private ExposedServerException(String message) {
      super(message);
    }

    /**
     * Checks where a server listens that needs no key.
     *
     * @param address null or empty for all addresses
     */
    public static void requireLoopback(@Nullable String address) throws ExposedServerException {
      try {
        // Java takes an empty name for this machine's; Spring takes it for no choice.
        boolean isEverywhere = address == null || address.isEmpty();
        if (isEverywhere || !InetAddress.getByName(address).isLoopbackAddress()) {
          throw new ExposedServerException(
              "The server would listen on %s, and no keys are configured: everyone could ask."
                  .formatted(isEverywhere ? "all addresses" : address));
        }
      } catch (UnknownHostException e) {
        throw new ExposedServerException(address + " is no address of this machine.");
      }
    }
  }
}
