import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * What an honest client gets while others attack: {@code java bench/Hostile.java URL IMAGE [--grpc
 * PORT] [--connections 64] [--seconds 30] [--every 1000] [--model NAME] [--survive]
 * [KIND…]}.
 *
 * <p>The honest client posts an image ten times a second: first alone, then while hostile connections
 * of every kind are open, each repeating its attack (every so many milliseconds), then alone again.
 * Prints its answers and times, and what the server answered to each kind of attack. Exits with 1 if
 * the honest client missed an answer, if less than 99 % of its answers came within twice its usual
 * 99th percentile, or if an attack was answered 500; with {@code --survive} only if an attack was
 * answered 500, or an honest request afterwards was not answered 200.
 *
 * <p>The attackers are a process of their own, of low priority on Linux, since they
 * stand for other machines: what they compute themselves shall not slow the server or the honest
 * client down. What they send is made before anything is measured.
 */
final class Hostile {

  /** One attack over a connection of its own; returns how the server answered it. */
  private interface Attack {
    String run(Target target, Random random) throws Exception;
  }

  private record Target(String host, int port, int grpc, String model, long end) {
    boolean isOver() {
      return System.nanoTime() - end >= 0;
    }
  }

  private static final Map<String, Attack> KINDS = new LinkedHashMap<>();

  /** Eight bodies of each kind, made once: the attackers' own work is not what is measured. */
  private static final Map<String, byte[][]> BODIES = new ConcurrentHashMap<>();

  private static final Map<String, Function<Random, byte[]>> MAKERS = new LinkedHashMap<>();

  static {
    post("gif-extensions", "/classify", Hostile::gif);
    post("bmp-claims", "/classify", Hostile::bmp);
    post("tiff-claims", "/classify", Hostile::tiffClaims);
    post("tiff-aliases", "/classify", Hostile::tiffAliases);
    post("png-chunks", "/classify", Hostile::pngChunks);
    post("png-claims", "/explain", Hostile::pngStrip);
    post("random-bytes", "/features", Hostile::randomImage);
    KINDS.put("line-unfinished", Hostile::lineUnfinished);
    KINDS.put("lines-blank", Hostile::linesBlank);
    KINDS.put("body-declared", Hostile::bodyDeclared);
    KINDS.put("body-trickled", Hostile::bodyTrickled);
    KINDS.put("v2-chunked", Hostile::v2Chunked);
    KINDS.put("multipart-half", Hostile::multipartHalf);
    KINDS.put("headers-slow", Hostile::headersSlow);
    KINDS.put("body-reset", Hostile::bodyReset);
    made("json-items", Hostile::jsonItems, (t, r, body) -> post(t, "/classify", body, "application/json"));
    made("json-nested", Hostile::nested, (t, r, body) -> post(t, path(t, r), body, "application/json"));
    made("v2-inputs", Hostile::v2Inputs, (t, r, body) -> post(t, infer(t), body, "application/json"));
    made("v2-numbers", Hostile::v2Numbers, (t, r, body) -> post(t, infer(t), body, "application/json"));
    KINDS.put("answers-large", (t, r) -> post(t, "/features?layer=stem", tiny(32), "multipart/form-data; boundary=b"));
    KINDS.put("answers-unread", Hostile::answersUnread);
    KINDS.put("headers-forwarded", Hostile::headersForwarded);
    made("grpc-half", Hostile::half, (t, r, body) -> grpc(t, body, /* stall= */ true));
    made("grpc-inputs", Hostile::inputs, (t, r, body) -> grpc(t, body, /* stall= */ false));
    KINDS.put("grpc-idle", Hostile::grpcIdle);
  }

  private static void post(String kind, String path, Function<Random, byte[]> maker) {
    made(kind, maker, (target, _, body) -> post(target, path, body));
  }

  private static void made(String kind, Function<Random, byte[]> maker, Sending attack) {
    MAKERS.put(kind, maker);
    KINDS.put(kind, (target, random) -> attack.run(target, random, BODIES.get(kind)[random.nextInt(8)]));
  }

  private interface Sending {
    String run(Target target, Random random, byte[] body) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0]);
    byte[] image = Files.readAllBytes(Path.of(args[1]));
    int grpc = 0;
    int connections = 64;
    int seconds = 30;
    int every = 1000;
    String model = "cifar10-resnet20";
    boolean survive = false;
    boolean attacker = false;
    List<String> kinds = new ArrayList<>();
    for (int i = 2; i < args.length; i++) {
      switch (args[i]) {
        case "--grpc" -> grpc = Integer.parseInt(args[++i]);
        case "--connections" -> connections = Integer.parseInt(args[++i]);
        case "--seconds" -> seconds = Integer.parseInt(args[++i]);
        case "--every" -> every = Integer.parseInt(args[++i]);
        case "--model" -> model = args[++i];
        case "--survive" -> survive = true;
        case "--attacker" -> attacker = true;
        default -> kinds.add(args[i]);
      }
    }
    if (kinds.isEmpty()) {
      kinds.addAll(KINDS.keySet());
    }
    if (grpc == 0) {
      kinds.removeIf(kind -> kind.startsWith("grpc"));
    }
    if (attacker) {
      attack(url, grpc, model, kinds, connections, seconds, every);
      return;
    }
    Process attackers = attackers(args);
    BufferedReader told = attackers.inputReader();
    Honest alone;
    Honest attacked;
    Honest after;
    List<String> answers;
    try {
      if (!READY.equals(told.readLine())) {
        throw new IOException("the attackers did not start");
      }
      honest(url, image, 100); // its code is compiled then, and the server's
      alone = honest(url, image, 10 * seconds);
      try (var start = attackers.outputWriter()) {
        start.write("\n");
      }
      attacked = honest(url, image, 10 * seconds);
      answers = told.lines().toList(); // until the last attacker is done
      after = honest(url, image, 50);
    } finally {
      attackers.destroyForcibly();
    }
    double usual = alone.percentile(99);
    answers.forEach(System.out::println);
    System.out.println();
    System.out.println("honest client     answers   p50 ms   p99 ms   within twice its usual p99");
    alone.print("alone", usual);
    attacked.print("attacked", usual);
    after.print("afterwards", usual);
    boolean defect = answers.stream().anyMatch(line -> line.contains(" 500="));
    boolean unharmed = attacked.answered() && attacked.within(usual) >= 99;
    System.exit(after.answered() && (survive || unharmed) && !defect ? 0 : 1);
  }

  private static final String READY = "ready";

  /** Linux divides processors among sessions first; only then does the priority of a process count. */
  private static void standBack() throws IOException {
    Path autogroup = Path.of("/proc/self/autogroup");
    if (Files.isWritable(autogroup)) {
      Files.writeString(autogroup, "10");
    }
  }

  /** Starts this program again as the attackers, which wait for a line before they begin. */
  private static Process attackers(String[] args) throws Exception {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.addAll(List.of("/usr/bin/setsid", "nice", "-n", "10"));
    }
    command.add(ProcessHandle.current().info().command().orElse("java"));
    String source = System.getProperty("jdk.launcher.sourcefile");
    command.addAll(
        source != null
            ? List.of(source)
            : List.of("-cp", System.getProperty("java.class.path"), Hostile.class.getName()));
    command.addAll(List.of(args));
    command.add("--attacker");
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Attacks once a line comes; prints what was answered. */
  private static void attack(
      URI url, int grpc, String model, List<String> kinds, int connections, int seconds, int every)
      throws Exception {
    MAKERS.forEach((kind, maker) -> {
      if (kinds.contains(kind)) {
        byte[][] bodies = new byte[8][];
        Arrays.setAll(bodies, i -> maker.apply(new Random((kind + i).hashCode())));
        BODIES.put(kind, bodies);
      }
    });
    standBack();
    System.out.println(READY);
    System.in.read();
    Map<String, Map<String, AtomicInteger>> answers = new TreeMap<>();
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    Target target = new Target(url.getHost(), url.getPort(), grpc, model, end);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    for (int i = 0; i < connections; i++) {
      String kind = kinds.get(i % kinds.size());
      var counts = answers.computeIfAbsent(kind, _ -> new ConcurrentHashMap<>());
      Random random = new Random(i);
      threads.execute(() -> attack(KINDS.get(kind), target, random, every, counts));
    }
    Thread.sleep(Duration.ofSeconds(seconds));
    answers.forEach((kind, counts) -> System.out.printf("%-18s %s%n", kind, new TreeMap<>(counts)));
    System.exit(0); // the connections that are still open end here
  }

  private static void attack(
      Attack attack, Target target, Random random, int pause, Map<String, AtomicInteger> counts) {
    while (!target.isOver()) {
      String answer;
      try {
        answer = attack.run(target, random);
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        answer = "closed";
      }
      counts.computeIfAbsent(answer, _ -> new AtomicInteger()).incrementAndGet();
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** The honest client's answers: milliseconds each, negative where there was none. */
  private record Honest(double[] millis) {
    double percentile(int p) {
      double[] sorted = Arrays.stream(millis).filter(ms -> ms >= 0).sorted().toArray();
      return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * p / 100)];
    }

    double within(double usual) {
      return 100.0 * Arrays.stream(millis).filter(ms -> ms >= 0 && ms <= 2 * usual).count() / millis.length;
    }

    boolean answered() {
      return Arrays.stream(millis).allMatch(ms -> ms >= 0);
    }

    void print(String name, double usual) {
      long count = Arrays.stream(millis).filter(ms -> ms >= 0).count();
      System.out.printf(
          "%-14s %5d/%5d %8.1f %8.1f %8.1f %%%n",
          name, count, millis.length, percentile(50), percentile(99), within(usual));
    }
  }

  /** Ten requests a second, whether or not the ones before are answered. */
  private static Honest honest(URI url, byte[] image, int count) throws Exception {
    double[] millis = new double[count];
    Arrays.fill(millis, -1);
    AtomicLong refused = new AtomicLong();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService threads = Executors.newCachedThreadPool()) {
      HttpRequest request =
          HttpRequest.newBuilder(url.resolve("/classify"))
              .timeout(Duration.ofSeconds(30))
              .POST(HttpRequest.BodyPublishers.ofByteArray(image))
              .build();
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        long due = start + i * 100_000_000L;
        while (System.nanoTime() - due < 0) {
          Thread.sleep(Duration.ofNanos(Math.max(1, due - System.nanoTime())));
        }
        int index = i;
        threads.execute(() -> {
          try {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
              millis[index] = (System.nanoTime() - due) / 1e6;
            } else if (refused.incrementAndGet() <= 3) {
              System.err.println("honest client: " + response.statusCode() + " " + response.body());
            }
          } catch (Exception e) {
            System.err.println("honest client: " + e);
          }
        });
      }
    }
    return new Honest(millis);
  }

  // Images.

  /** Up to a megabyte of extension blocks: empty, of one byte each, or of one block after another. */
  private static byte[] gif(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GIF89a\1\0\1\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
    byte[][] blocks = {
      {0x21, (byte) 0xfe, 0}, {0x21, (byte) 0xff, 1, 0, 0}, {0x21, 1, 2, 0, 0, 1, 0, 0}, {0x21, (byte) 0xf9, 4, 1, 0, 0, 0, 0}
    };
    byte[] block = blocks[random.nextInt(blocks.length)];
    for (int i = 0; i < 1_000_000 / block.length; i++) {
      out.writeBytes(block);
    }
    if (random.nextBoolean()) {
      out.writeBytes(new byte[] {0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b});
    }
    return out.toByteArray();
  }

  private static byte[] bmp(Random random) {
    ByteBuffer out = ByteBuffer.allocate(126).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(126).putInt(0).putInt(54);
    out.putInt(40).putInt(1 + random.nextInt(2000)).putInt(1 + random.nextInt(2000)).putShort((short) 1);
    out.putShort(new short[] {1, 4, 8, 16, 24, 32}[random.nextInt(6)]);
    out.putInt(random.nextInt(7)).putInt(0x7fffffff - random.nextInt(9)); // compression, bytes of it
    out.putInt(0).putInt(0).putInt(random.nextBoolean() ? 0 : 0x7fffffff).putInt(0);
    return out.array();
  }

  private static byte[] tiffClaims(Random random) {
    int[][] tags = {
      {256, 4, 1, 64}, {257, 4, 1, 64}, {258, 3, 1, random.nextBoolean() ? 8 : 64},
      {259, 3, 1, new int[] {1, 5, 7, 8, 32773, 34712}[random.nextInt(6)]}, {262, 3, 1, 1},
      {273, 4, random.nextBoolean() ? 1 : 0x7fffffff, 8}, {277, 3, 1, random.nextBoolean() ? 1 : 65535},
      {278, 4, 1, 64}, {279, 4, 1, 0x7ffffff0}, {270, 2, 0x7fffffff - random.nextInt(3), 8}
    };
    return tiff(tags, random.nextBoolean() ? 8 : 0);
  }

  /** Thousands of tags that claim the same block. */
  private static byte[] tiffAliases(Random random) {
    int type = new int[] {1, 2, 7, 3, 4, 12}[random.nextInt(6)];
    int width = new int[] {1, 1, 1, 2, 4, 8}[List.of(1, 2, 7, 3, 4, 12).indexOf(type)];
    int[][] tags = new int[2000][];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = new int[] {40_000 + i, type, 900_000 / width, 30_000};
    }
    return Arrays.copyOf(tiff(tags, 0), 1_000_000);
  }

  private static byte[] tiff(int[][] tags, int next) {
    ByteBuffer out = ByteBuffer.allocate(14 + 12 * tags.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) tags.length);
    for (int[] tag : tags) {
      out.putShort((short) tag[0]).putShort((short) tag[1]).putInt(tag[2]).putInt(tag[3]);
    }
    return out.putInt(next).array();
  }

  /** A megabyte of data chunks with nothing in them, or of palettes. */
  private static byte[] pngChunks(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    pngHead(out, 8, 8);
    boolean data = random.nextBoolean();
    byte[] content = data ? new byte[0] : new byte[3 * 256];
    while (out.size() < 1_000_000) {
      chunk(out, data ? "IDAT" : "PLTE", content);
    }
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] pngStrip(Random random) {
    int length = 500_000 + random.nextInt(15_000_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean wide = random.nextBoolean();
    pngHead(out, wide ? length : 1, wide ? 1 : length);
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[wide ? 3 * length + 1 : 4 * length]); // filter 0, black
    deflater.finish();
    byte[] packed = new byte[1 << 20];
    chunk(out, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
    deflater.end();
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] png(int width, int height) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    pngHead(out, width, height);
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[(3 * width + 1) * height]);
    deflater.finish();
    byte[] packed = new byte[1 << 16];
    chunk(out, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
    deflater.end();
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void pngHead(ByteArrayOutputStream out, int width, int height) {
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    chunk(out, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0}).array());
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    out.writeBytes(name);
    out.writeBytes(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] randomImage(Random random) {
    String[] magic = {"\u00ff\u00d8\u00ff\u00e0", "GIF89a", "BM", "II*\0", "RIFF\u00ff\u00ff\0\0WEBPVP8 ", "\u0089PNG\r\n\u001a\n"};
    byte[] bytes = new byte[1 + random.nextInt(200_000)];
    random.nextBytes(bytes);
    byte[] start = magic[random.nextInt(magic.length)].getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(start, 0, bytes, 0, Math.min(start.length, bytes.length));
    return bytes;
  }

  // Messages.

  private static byte[] jsonItems(Random random) {
    String item = new String[] {"{}", "{\"data\":\"\"}", "null", "{\"id\":\"\",\"data\":\"QQ==\"}"}[random.nextInt(4)];
    return ("{\"images\":[" + (item + ",").repeat(15_000_000 / item.length()) + item + "]}").getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] nested(Random random) {
    String open = random.nextBoolean() ? "[" : "{\"a\":";
    return ("{\"images\":" + open.repeat(1_000_000)).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] v2Inputs(Random random) {
    String item = random.nextBoolean() ? "{}" : "{\"name\":\"image\"}";
    return ("{\"inputs\":[" + (item + ",").repeat(15_000_000 / item.length()) + item + "]}").getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] v2Numbers(Random random) {
    String number = new String[] {"1e400", "1e38", "NaN", "0", "-1e-400"}[random.nextInt(5)];
    String data = (number + ",").repeat(3 * 32 * 32 - 1) + number;
    return ("{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,32,32],\"data\":[" + data + "]}]}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] tiny(int images) {
    byte[] png = png(8, 8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < images; i++) {
      out.writeBytes("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(png);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes("--b--\r\n".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static String infer(Target target) {
    return "/v2/models/%s/infer".formatted(target.model());
  }

  private static String path(Target target, Random random) {
    return random.nextBoolean() ? "/classify" : infer(target);
  }

  // Connections.

  private static Socket open(Target target) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(target.host(), target.port()), 5000);
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static void head(Socket socket, String... lines) throws IOException {
    String head = String.join("\r\n", lines) + "\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String post(Target target, String path, byte[] body) throws IOException {
    return post(target, path, body, "application/octet-stream");
  }

  private static String post(Target target, String path, byte[] body, String type) throws IOException {
    try (Socket socket = open(target)) {
      head(socket, "POST " + path + " HTTP/1.1", "Content-Type: " + type, "Content-Length: " + body.length, "Connection: close");
      try {
        socket.getOutputStream().write(body);
      } catch (IOException e) {
        // The server may have answered before it had read everything.
      }
      return status(socket);
    }
  }

  private static String status(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] start = in.readNBytes(12); // HTTP/1.1 200
    String status = start.length < 12 ? "closed" : new String(start, 9, 3, StandardCharsets.US_ASCII);
    in.transferTo(OutputStream.nullOutputStream());
    return status;
  }

  /** Sends a byte now and then until the server ends it. */
  private static String trickle(Target target, Socket socket, byte[] bytes) throws Exception {
    OutputStream out = socket.getOutputStream();
    try {
      while (!target.isOver() && socket.getInputStream().available() == 0) {
        out.write(bytes);
        Thread.sleep(500);
      }
    } catch (IOException e) {
      return "closed";
    }
    return target.isOver() ? "open" : status(socket);
  }

  private static byte[] chunk(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("%x\r\n".formatted(content.length).getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(content);
    out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static String lineUnfinished(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST /classify?deadline_ms=600000 HTTP/1.1", "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked");
      byte[] line = ("{\"data\":\"" + "A".repeat(17_000_000)).getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(chunk(Arrays.copyOf(line, 1_000_000 + random.nextInt(16_000_000))));
      return trickle(target, socket, chunk(new byte[] {'A'}));
    }
  }

  private static String linesBlank(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST /features HTTP/1.1", "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked");
      return trickle(target, socket, chunk("\n".repeat(1 + random.nextInt(10_000)).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private static String bodyDeclared(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST " + path(target, random) + "?deadline_ms=600000 HTTP/1.1", "Content-Length: 20000000");
      return trickle(target, socket, new byte[0]);
    }
  }

  private static String bodyTrickled(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST " + path(target, random) + " HTTP/1.1", "Content-Length: 15000000");
      socket.getOutputStream().write(new byte[1 + random.nextInt(14_000_000)]);
      return trickle(target, socket, new byte[1]);
    }
  }

  private static String v2Chunked(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST " + infer(target) + " HTTP/1.1", "Transfer-Encoding: chunked");
      socket.getOutputStream().write(random.nextBoolean() ? chunk(new byte[] {'{'}) : "zz\r\n".getBytes(StandardCharsets.US_ASCII));
      return trickle(target, socket, new byte[0]);
    }
  }

  private static String multipartHalf(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST /classify HTTP/1.1", "Content-Type: multipart/form-data; boundary=b", "Transfer-Encoding: chunked");
      byte[] body = tiny(1 + random.nextInt(1000));
      socket.getOutputStream().write(chunk(Arrays.copyOf(body, body.length - 1 - random.nextInt(20))));
      return trickle(target, socket, new byte[0]);
    }
  }

  private static String headersSlow(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      socket.getOutputStream().write("POST /classify HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
      return trickle(target, socket, new byte[] {'a'});
    }
  }

  private static String bodyReset(Target target, Random random) throws Exception {
    try (Socket socket = open(target)) {
      head(socket, "POST " + path(target, random) + " HTTP/1.1", "Content-Length: 1000000");
      socket.getOutputStream().write(new byte[random.nextInt(900_000)]);
      socket.setSoLinger(true, 0);
      return "reset";
    }
  }

  /** Asks for a megabyte or more of answers and reads none of it. */
  private static String answersUnread(Target target, Random random) throws Exception {
    byte[] body = tiny(32);
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(target.host(), target.port()), 5000);
      head(socket, "POST /features?layer=layer1 HTTP/1.1", "Content-Type: multipart/form-data; boundary=b", "Content-Length: " + body.length);
      socket.getOutputStream().write(body);
      while (!target.isOver()) {
        Thread.sleep(500);
      }
      return "open";
    }
  }

  private static String headersForwarded(Target target, Random random) throws Exception {
    String[] values = {"unknown", "1.2.3.4:5678", "127.0.0.1", "[::1]", "for=127.0.0.1", "\u00ff", "_x, y"};
    String[] names = {"X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port"};
    try (Socket socket = open(target)) {
      head(
          socket,
          "DELETE /models/none HTTP/1.1",
          names[random.nextInt(names.length)] + ": " + values[random.nextInt(values.length)],
          "Connection: close");
      return status(socket);
    }
  }

  // gRPC, by HTTP/2's frames (RFC 9113) with header fields that are not compressed (RFC 7541, 6.2.2).

  private static byte[] half(Random random) {
    byte[] message = new byte[5 + random.nextInt(60_000)];
    ByteBuffer.wrap(message).put((byte) 0).putInt(19_000_000);
    return message;
  }

  /** A message of millions of empty inputs, or outputs, or raw contents. */
  private static byte[] inputs(Random random) {
    byte field = new byte[] {0x2a, 0x32, 0x3a, 0x22}[random.nextInt(4)];
    byte[] message = new byte[5 + 19_000_000];
    ByteBuffer out = ByteBuffer.wrap(message).put((byte) 0).putInt(19_000_000);
    while (out.hasRemaining()) {
      out.put(field).put((byte) 0);
    }
    return message;
  }

  private static String grpcIdle(Target target, Random random) throws Exception {
    return grpc(target, new byte[0], /* stall= */ true);
  }

  private static String grpc(Target target, byte[] data, boolean stall) throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(target.host(), target.grpc()), 5000);
      socket.setSoTimeout(60_000);
      Http2 connection = new Http2(socket);
      connection.begin();
      connection.send(data, target);
      if (stall) {
        while (!target.isOver() && !connection.ended()) {
          connection.readFrame(500);
        }
        return connection.ended() ? "ended" : "open";
      }
      while (!connection.ended()) {
        connection.readFrame(30_000);
      }
      return "ended";
    }
  }

  private static final class Http2 {
    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private long streamWindow = 65_535;
    private long window = 65_535;
    private boolean ended;

    Http2(Socket socket) throws IOException {
      this.socket = socket;
      this.out = socket.getOutputStream();
      this.in = new DataInputStream(socket.getInputStream());
    }

    boolean ended() {
      return ended;
    }

    void begin() throws IOException {
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(4, 0, 0, new byte[0]);
      ByteArrayOutputStream headers = new ByteArrayOutputStream();
      String[] fields = {
        ":method", "POST", ":scheme", "http", ":path", "/inference.GRPCInferenceService/ModelInfer",
        ":authority", "localhost", "te", "trailers", "content-type", "application/grpc"
      };
      for (int i = 0; i < fields.length; i += 2) {
        headers.write(0);
        for (String text : List.of(fields[i], fields[i + 1])) {
          headers.write(text.length());
          headers.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
      }
      frame(1, 4, 1, headers.toByteArray());
    }

    void send(byte[] data, Target target) throws IOException {
      int sent = 0;
      while (sent < data.length && !ended && !target.isOver()) {
        int size = (int) Math.min(Math.min(16_384, data.length - sent), Math.min(window, streamWindow));
        if (size > 0) {
          frame(0, 0, 1, Arrays.copyOfRange(data, sent, sent + size));
          sent += size;
          window -= size;
          streamWindow -= size;
        }
        while (!ended && (in.available() >= 9 || (size == 0 && !target.isOver()))) {
          readFrame(500);
        }
      }
    }

    void readFrame(int timeout) throws IOException {
      socket.setSoTimeout(timeout);
      int length;
      try {
        length = in.readUnsignedByte() << 16;
      } catch (java.net.SocketTimeoutException e) {
        return;
      } catch (IOException e) {
        ended = true;
        return;
      }
      socket.setSoTimeout(60_000);
      length |= in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      ByteBuffer content = ByteBuffer.wrap(in.readNBytes(length));
      switch (type) {
        case 3, 7 -> ended = true; // reset, go away
        case 4 -> {
          if ((flags & 1) == 0) {
            while (content.remaining() >= 6) {
              if (content.getShort() == 4) {
                streamWindow += content.getInt() - 65_535;
              } else {
                content.getInt();
              }
            }
            frame(4, 1, 0, new byte[0]);
          }
        }
        case 6 -> {
          if ((flags & 1) == 0) {
            frame(6, 1, 0, content.array());
          }
        }
        case 8 -> {
          if (stream == 0) {
            window += content.getInt();
          } else {
            streamWindow += content.getInt();
          }
        }
        default -> ended |= stream == 1 && (flags & 1) == 1;
      }
    }

    private void frame(int type, int flags, int stream, byte[] content) throws IOException {
      ByteBuffer frame = ByteBuffer.allocate(9 + content.length);
      frame.put((byte) (content.length >> 16)).putShort((short) content.length);
      frame.put((byte) type).put((byte) flags).putInt(stream).put(content);
      out.write(frame.array());
    }
  }
}
