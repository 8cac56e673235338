package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ServerLiveRequest;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The options that the documents give for TLS, and certificates that are renewed. */
@DirtiesContext // its watcher of files would log once the folder is gone
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "server.ssl.bundle=web",
      "spring.grpc.server.ssl.bundle=web",
      "spring.ssl.bundle.pem.web.reload-on-update=true",
      "spring.ssl.bundle.watch.file.quiet-period=100ms"
    })
@Timeout(60)
class TlsTest {

  private static final String PASSWORD = "changeit";

  @TempDir private static Path folder;

  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;

  @DynamicPropertySource
  static void certificate(DynamicPropertyRegistry properties) throws Exception {
    make("first");
    install(store("first"));
    String bundle = "spring.ssl.bundle.pem.web.keystore.";
    properties.add(bundle + "certificate", () -> folder.resolve("tls.crt").toString());
    properties.add(bundle + "private-key", () -> folder.resolve("tls.key").toString());
  }

  @Test
  void httpAndGrpcAreEncryptedAndANewCertificateIsTakenUp() throws Exception {
    assertThat(classify(store("first"))).isEqualTo(200);
    assertThat(isLiveOverGrpc()).isTrue();
    make("second");
    KeyStore second = store("second");
    assertThatThrownBy(() -> classify(second)).isInstanceOf(SSLHandshakeException.class);

    install(second);

    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(SSLHandshakeException.class)
        .until(() -> classify(second) == 200);
  }

  /** The status that a client gets who trusts one certificate. */
  private int classify(KeyStore trusted) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("https://localhost:%d/classify".formatted(port)))
                  .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    }
  }

  private boolean isLiveOverGrpc() throws IOException {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "localhost",
                grpc.getPort(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(folder.resolve("tls.crt").toFile())
                    .build())
            .build();
    try {
      return GRPCInferenceServiceGrpc.newBlockingStub(channel)
          .serverLive(ServerLiveRequest.getDefaultInstance())
          .getLive();
    } finally {
      channel.shutdownNow();
    }
  }

  /** Makes a key and its own certificate for localhost. */
  private static void make(String name) throws Exception {
    var run =
        ExternalProgram.run(
            folder,
            Map.of(),
            Duration.ofMinutes(1),
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            "EC",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=dns:localhost",
            "-ext",
            "bc:critical=ca:true",
            "-keystore",
            folder.resolve(name + ".p12").toString(),
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD);
    assertThat(run.succeeded()).as(run.output()).isTrue();
  }

  /** The key, and the certificate as one to trust. */
  private static KeyStore store(String name) throws Exception {
    KeyStore store =
        KeyStore.getInstance(folder.resolve(name + ".p12").toFile(), PASSWORD.toCharArray());
    KeyStore both = KeyStore.getInstance("PKCS12");
    both.load(null, null);
    both.setCertificateEntry("trusted", store.getCertificate(name));
    both.setKeyEntry(
        "own",
        store.getKey(name, PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        store.getCertificateChain(name));
    return both;
  }

  private static void install(KeyStore store) throws Exception {
    write(
        "tls.key",
        "PRIVATE KEY",
        Objects.requireNonNull(store.getKey("own", PASSWORD.toCharArray())).getEncoded());
    write("tls.crt", "CERTIFICATE", store.getCertificate("own").getEncoded());
  }

  /** At once, so that no half of a file is ever read. */
  private static void write(String name, String kind, byte[] content) throws IOException {
    String pem =
        "-----BEGIN %s-----%n%s%n-----END %s-----%n"
            .formatted(kind, Base64.getMimeEncoder().encodeToString(content), kind);
    Path part = Files.writeString(folder.resolve(name + ".part"), pem);
    Files.move(part, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }
}
