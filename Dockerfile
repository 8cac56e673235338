# The service with the CPU engine: docker build -t resnet-serving .
#
#   docker run --rm -p 8080:8080 -p 9000:9000 --read-only --tmpfs /tmp resnet-serving
#
# Nothing is fetched when it runs but models that are asked for. A shell is in the base image, but
# nothing here uses it.
#
# Each base image may be given with its digest (NAME@sha256:...), as releases are built.

ARG MAVEN_IMAGE=maven:3-eclipse-temurin-25
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${MAVEN_IMAGE} AS build
WORKDIR /build
COPY pom.xml LICENSE NOTICE THIRD-PARTY.txt ./
COPY src ./src
COPY models ./models
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -Dmaven.test.skip=true package \
 && java -Djarmode=tools -jar target/resnet-serving.jar extract --destination /app \
 && mkdir /sbom && cp target/classes/META-INF/sbom/application.cdx.json /sbom/
COPY docker/Healthcheck.java bench/Hostile.java ./
RUN javac -d /app Healthcheck.java && javac -d /training Hostile.java
RUN jlink --output /opt/jre --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-6 \
      --generate-cds-archive --add-modules \
java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.prefs,java.rmi,java.scripting,java.security.jgss,java.sql,java.xml,jdk.crypto.cryptoki,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs

FROM ${DEBIAN_IMAGE} AS runtime
# A time of snapshot.debian.org (20261101T000000Z), whose packages are taken; empty for today's.
ARG DEBIAN_SNAPSHOT=
RUN if [ -n "${DEBIAN_SNAPSHOT}" ]; then \
      rm -f /etc/apt/sources.list /etc/apt/sources.list.d/* \
   && printf 'deb [check-valid-until=no] http://snapshot.debian.org/archive/%s main\n' \
        "debian/${DEBIAN_SNAPSHOT} bookworm" \
        "debian/${DEBIAN_SNAPSHOT} bookworm-updates" \
        "debian-security/${DEBIAN_SNAPSHOT} bookworm-security" > /etc/apt/sources.list; \
    fi
# Debian's packages of what decodes further formats: libavif15 (AVIF, 21 MB), libheif1 (HEIC, 18 MB more),
# libjxl0.7 (JPEG XL, 6 MB more).
ARG IMAGE_FORMATS=libavif15
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates fontconfig fonts-dejavu-core libmimalloc2.0 libstdc++6 libturbojpeg0 libwebp7 \
      ${IMAGE_FORMATS} >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && groupadd --gid 10001 resnet && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent resnet \
 && install -d -o 10001 -g 10001 -m 0700 /models /var/cache/resnet-serving
COPY --from=build /opt/jre /opt/java
ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    ENGINE_CACHE_DIR=/opt/engine

# The engine's natives are unpacked once, and their jar is left behind. Symbols are stripped but for
# those of oneDNN, which direct plans look for.
FROM runtime AS engine
COPY --from=build /app /app
COPY docker/java.options /app/
RUN java -Djava.awt.headless=true -jar /app/resnet-serving.jar bench --arch cifar-resnet20 --batch 1 \
      --rounds 1 --seconds 0.1 \
 && rm -f /app/lib/pytorch-native-cpu-*.jar && find /opt/engine -name '*.lck' -delete \
 && apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils >/dev/null \
 && find /opt/engine -name '*.so*' -exec strip --strip-unneeded --wildcard --keep-symbol='dnnl_*' {} + && chmod -R a+rX /opt/engine /app
# One name for their folder, which has the platform's.
RUN ln -s /opt/engine/pytorch/* /opt/libtorch
ENV PYTORCH_LIBRARY_PATH=/opt/libtorch PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cpu
COPY docker/train-aot.sh src/test/resources/temple.jpg /tmp/
COPY --from=build /training /tmp/training
RUN mv /tmp/temple.jpg /tmp/photo.jpg && sh /tmp/train-aot.sh && chmod -R a+rX /app /opt/engine

# What only people read goes, licences but not.
FROM runtime AS root
RUN rm -rf /usr/share/locale /usr/share/man /usr/share/info /usr/share/lintian /usr/share/bug \
 && find /usr/share/doc -type f ! -name copyright -delete && find /usr/share/doc -type d -empty -delete

# Copied as a whole, since a layer that deletes makes nothing smaller.
FROM scratch
COPY --from=root / /
RUN install -d -o 10001 -g 10001 -m 0700 /models /var/cache/resnet-serving
ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8
ARG VERSION=dev
ARG REVISION=unknown
ARG DEBIAN_IMAGE
LABEL org.opencontainers.image.title="ResNet Serving" \
      org.opencontainers.image.description="Classifies photographs with pretrained ResNets over HTTP and gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${DEBIAN_IMAGE}"
COPY --from=engine /opt/engine /opt/engine
COPY --from=engine /app /app
RUN ln -s /opt/engine/pytorch/* /opt/libtorch
COPY --from=build /sbom /sbom
RUN dpkg-query --show --showformat '${Package}\t${Version}\t${Architecture}\n' > /sbom/debian-packages.tsv
# The engine asks for memory some hundred times a picture, which mimalloc gives faster than the C library.
ENV ENGINE_CACHE_DIR=/opt/engine \
    LD_PRELOAD=libmimalloc.so.2.0 \
    PYTORCH_LIBRARY_PATH=/opt/libtorch PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cpu \
    RESNET_MODELS_DIR=/models \
    RESNET_CACHE_DIR=/var/cache/resnet-serving
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["/opt/java/bin/java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "/app", "Healthcheck"]
ENTRYPOINT ["/opt/java/bin/java", "-XX:AOTCache=/app/resnet-serving.aot", "@/app/java.options", \
            "-jar", "/app/resnet-serving.jar"]
CMD ["serve"]
