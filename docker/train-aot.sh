#!/bin/sh
# Runs the service once, so that the JVM writes down what it loads and how it runs: AOT cache of JDK 25.
# Without the optimising compiler: what it has compiled here it would compile again at every start.
set -eu
java -XX:AOTCacheOutput=/app/resnet-serving.aot @/app/java.options -XX:TieredStopAtLevel=3 \
  -jar /app/resnet-serving.jar serve --port 8080 --offline --precision fp32 &
server=$!
i=0
until java -cp /app Healthcheck /readyz 2>/dev/null; do # the model is loaded and warm
  i=$((i + 1))
  [ $i -lt 120 ] || { echo "the server is not ready" >&2; exit 1; }
  sleep 1
done
java -jar /app/resnet-serving.jar bench http --image /tmp/photo.jpg --type image/jpeg \
  --connections 4 --load "" --seconds 3
# All ways to send a request, and to refuse one: what is first loaded under attack makes others wait.
java -cp /tmp/training Hostile http://localhost:8080 /tmp/photo.jpg --grpc 9000 --seconds 3 --survive
kill $server
wait $server || true
test -s /app/resnet-serving.aot
