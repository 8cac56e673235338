"""Training beside PyTorch's bare loop: the same network, batch and threads, in turns.

    python bench/training.py DATA --arch resnet18 --image-size 128 --batch-size 32 [--rounds 6]

Ours is `train` as users run it: reading, decoding, augmentation and validation of one image in a
hundred included. PyTorch's loop computes one random batch again and again, and loads nothing. Each
round is one epoch of ours, then as many images of PyTorch's; meanwhile the other process is
stopped. Prints images a second of each round, and the ratio of the medians.
Needs torch and torchvision (bench/peers/requirements.txt).
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PEER = """
import sys, time, torch, torchvision
arch, side, batch, threads, memory = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
torch.set_num_threads(threads)
form = getattr(torch, memory)


class Block(torch.nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outputs)
        self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outputs)
        self.added = outputs - inputs
        self.stride = stride

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.added:
            x = torch.nn.functional.pad(
                x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.added // 2, self.added - self.added // 2))
        return torch.relu(x + y)


def network():
    if not arch.startswith('cifar-resnet'):
        return getattr(torchvision.models, arch)(num_classes=10)
    layers = [torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(16), torch.nn.ReLU()]
    inputs = 16
    for width in (16, 32, 64):
        for i in range((int(arch[12:]) - 2) // 6):
            layers.append(Block(inputs, width, 2 if width != inputs else 1))
            inputs = width
    return torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10))


net = network().to(memory_format=form).train()
optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)
images = torch.randn(batch, 3, side, side).contiguous(memory_format=form)
labels = torch.randint(10, (batch,))


def step():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(net(images), labels).backward()
    optimizer.step()


step(), step()
print('ready', flush=True)
for line in sys.stdin:
    steps = max(1, round(int(line) / batch))
    start = time.time()
    for _ in range(steps):
        step()
    print(steps * batch / (time.time() - start), flush=True)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('data')
    parser.add_argument('--arch', default='resnet18')
    parser.add_argument('--image-size', type=int, default=128)
    parser.add_argument('--batch-size', type=int, default=32)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--rounds', type=int, default=6)
    parser.add_argument('--jar', default='target/resnet-serving.jar')
    parser.add_argument('--memory-format', default='channels_last', help='or contiguous_format')
    args = parser.parse_args()
    peer = subprocess.Popen(
        [sys.executable, '-c', PEER, args.arch, str(args.image_size), str(args.batch_size), str(args.threads), args.memory_format],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert peer.stdout.readline() == 'ready\n'
    folder = tempfile.mkdtemp()
    ours = subprocess.Popen(
        ['java', '-jar', args.jar, 'train', args.data, '--arch', args.arch, '--image-size', str(args.image_size),
         '--batch-size', str(args.batch_size), '--threads', str(args.threads), '--epochs', str(args.rounds + 2),
         '--validation-share', '0.01', '--models-dir', folder + '/models', '--run-dir', folder + '/run', '--bf16', 'false'],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    images, rates, start = 0, [], time.time()
    for line in ours.stderr:
        found = re.search(r'([\d,]+) to learn from', line)
        images = int(found.group(1).replace(',', '')) if found else images
        if not re.match(r'epoch \d+/\d+  loss', line.split('\r')[-1]):
            continue
        seconds = time.time() - start
        ours.send_signal(signal.SIGSTOP)
        if 'epoch 1/' not in line:  # decodes every image, and compiles
            peer.stdin.write(f'{images}\n')
            peer.stdin.flush()
            rates.append((images / seconds, float(peer.stdout.readline())))
            print('ours %.1f  PyTorch %.1f  ratio %.3f' % (*rates[-1], rates[-1][0] / rates[-1][1]), flush=True)
        ours.send_signal(signal.SIGCONT)
        start = time.time()
        if len(rates) == args.rounds:
            break
    ours.kill()
    peer.stdin.close()
    mine, theirs = (statistics.median(column) for column in zip(*rates))
    print(json.dumps({'arch': args.arch, 'image_size': args.image_size, 'batch': args.batch_size, 'threads': args.threads,
                      'ours': round(mine, 1), 'pytorch': round(theirs, 1), 'ratio': round(mine / theirs, 3)}))


if __name__ == '__main__':
    main()
