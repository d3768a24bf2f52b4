# Answers on port 8000 as dtable-web does, after the seconds that it takes to start.
use strict;
use warnings;
use IO::Socket::INET;

sub text_of {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!";
    chomp(my $text = <$file>);
    return $text;
}

sleep text_of('/opt/seatable/start-seconds');
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8000, Listen => 5, ReuseAddr => 1)
    or die "port 8000: $!";
while (my $client = $server->accept) {
    my $asked = <$client> // '';
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
    my $version = text_of('/opt/seatable/version');
    my ($status, $body) = $asked =~ m{^GET /server-info/ }
        ? ('200 OK', qq({"version": "$version", "edition": "enterprise edition"}))
        : ('404 Not Found', '{}');
    print $client "HTTP/1.1 $status\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n$body";
    close $client;
}
