//! The messages of CMS (z/VM: CMS and REXX/VM Messages and Codes). The return code of each is its
//! command's: see [`crate::cms::commands`].

crate::messages! {
    DMSSTT002E "File {} not found";
    DMSERS002E "File {} not found";
    DMSLST002E "File not found";
    DMSTYP002E "File {} not found";
    DMSCPY002E "Input file {} not found";
    DMSRNM002E "File {} not found";
    DMSEXC002E "File {} not found";
    DMSEIO002E "File {} not found";
    DMSEXL002E "File {} not found";
    DMSEXD002E "EXEC {} not found in storage";
    DMSEXM002E "No EXEC found in storage";

    DMSLST003E "Invalid option: {}";
    DMSCPY003E "Invalid option: {}";
    DMSERS003E "Invalid option: {}";
    DMSRNM003E "Invalid option: {}";
    DMSTYP003E "Invalid option: {}";
    DMSACC003E "Invalid option: {}";
    DMSARE003E "Invalid option: {}";
    DMSIDE003E "Invalid option: {}";
    DMSQRY003E "Invalid option: {}";
    DMSEIO003E "Invalid option: {}";
    DMSEXL003E "Invalid option: {}";
    DMSEXD003E "Invalid option: {}";
    DMSEXM003E "Invalid option: {}";

    DMSPIP109S "Virtual storage capacity exceeded: the pipeline was stopped";
    DMSPUN002E "File {} not found";
    DMSPUN003E "Invalid option: {}";
    DMSPUN008E "Device {} invalid or nonexistent";
    DMSPUN044E "Record exceeds allowable maximum";
    DMSPUN048E "Invalid filemode {}";
    DMSPUN054E "Incomplete fileid specified";
    DMSPUN062E "Invalid character {} in fileid {}";
    DMSPUN069E "Filemode {} is not accessed";
    DMSPUN070E "Invalid parameter {}";
    DMSPUN104S "Error {} reading file {} from disk or directory";
    DMSPUN118S "Error {} punching file {}";
    DMSPRT002E "File {} not found";
    DMSPRT003E "Invalid option: {}";
    DMSPRT008E "Device {} invalid or nonexistent";
    DMSPRT029E "Invalid parameter {} in the option LINECOUN field";
    DMSPRT044E "Record exceeds allowable maximum";
    DMSPRT048E "Invalid filemode {}";
    DMSPRT054E "Incomplete fileid specified";
    DMSPRT062E "Invalid character {} in fileid {}";
    DMSPRT069E "Filemode {} is not accessed";
    DMSPRT070E "Invalid parameter {}";
    DMSPRT104S "Error {} reading file {} from disk or directory";
    DMSPRT123S "Error {} printing file {}";
    DMSRDC003E "Invalid option: {}";
    DMSRDC008E "Device {} invalid or nonexistent";
    DMSRDC037E "Filemode {} is accessed as read/only";
    DMSRDC042E "No fileid specified";
    DMSRDC048E "Invalid filemode {}";
    DMSRDC054E "Incomplete fileid specified";
    DMSRDC062E "Invalid character {} in fileid {}";
    DMSRDC069E "Filemode {} is not accessed";
    DMSRDC070E "Invalid parameter {}";
    DMSRDC105S "Error {} writing file {} on disk or directory";
    DMSRDC205W "Reader empty or reader not ready";
    DMSRDC701I "Null file";
    DMSRDC702I "READ control card is missing; the following is assumed:";

    DMSSET014E "Invalid function {}";
    DMSQRY014E "Invalid function {}";
    DMSGLB014E "Invalid function {}";
    DMSACC017E "Invalid device address {}";
    DMSARE017E "Invalid device address {}";
    DMSCPY024E "File {} already exists; specify REPLACE option";
    DMSRNM024E "File {} already exists";
    DMSEXL024E "EXEC {} already exists in storage; specify PUSH option";
    DMSARE028E "No device specified";
    DMSCPY029E "Invalid parameter {} in the option {} field";
    DMSTYP029E "Invalid parameter {} in the line number field";
    DMSCPY037E "Output filemode {} is accessed as read/only";
    DMSLST037E "Filemode {} is accessed as read/only";
    DMSERS037E "Filemode {} is accessed as read/only";
    DMSRNM037E "Filemode {} is accessed as read/only";
    DMSEIO037E "Output filemode {} is accessed as read/only";

    DMSEXC042E "No fileid specified";
    DMSCPY042E "No fileid specified";
    DMSSET047E "No function specified";
    DMSQRY047E "No function specified";
    DMSGLB047E "No function specified";

    DMSACC048E "Invalid filemode {}";
    DMSCPY048E "Invalid filemode {}";
    DMSERS048E "Invalid filemode {}";
    DMSLST048E "Invalid filemode {}";
    DMSRNM048E "Invalid filemode {}";
    DMSSTT048E "Invalid filemode {}";
    DMSTYP048E "Invalid filemode {}";
    DMSEXL048E "Invalid filemode {}";
    DMSEIO048E "Invalid filemode {}";

    DMSSET050E "Parameter missing after {}";
    DMSGLB050E "Parameter missing after {}";
    DMSCPY050E "Parameter missing after {}";

    DMSCPY054E "Incomplete fileid specified";
    DMSERS054E "Incomplete fileid specified";
    DMSRNM054E "Incomplete fileid specified";
    DMSSTT054E "Incomplete fileid specified";
    DMSTYP054E "Incomplete fileid specified";
    DMSEXL054E "Incomplete fileid specified";
    DMSEXD054E "Incomplete fileid specified";
    DMSCPY062E "Invalid character {} in fileid {}";
    DMSERS062E "Invalid character {} in fileid {}";
    DMSRNM062E "Invalid character {} in fileid {}";
    DMSSTT062E "Invalid character {} in fileid {}";
    DMSTYP062E "Invalid character {} in fileid {}";
    DMSLST062E "Invalid character {} in fileid {}";
    DMSEIO062E "Invalid character {} in fileid {}";
    DMSEXL062E "Invalid character {} in fileid {}";


    DMSACC069E "Filemode {} is not accessed";
    DMSARE069E "Filemode {} is not accessed";
    DMSCPY069E "Output filemode {} is not accessed";
    DMSERS069E "Filemode {} is not accessed";
    DMSLST069E "Filemode {} is not accessed";
    DMSQRY069E "Filemode {} is not accessed";
    DMSRNM069E "Filemode {} is not accessed";
    DMSSTT069E "Filemode {} is not accessed";
    DMSTYP069E "Filemode {} is not accessed";
    DMSEIO069E "Filemode {} is not accessed";

    DMSACC070E "Invalid parameter {}";
    DMSARE070E "Invalid parameter {}";
    DMSERS070E "Invalid parameter {}";
    DMSIDE070E "Invalid parameter {}";
    DMSLST070E "Invalid parameter {}";
    DMSQRY070E "Invalid parameter {}";
    DMSRNM070E "Invalid parameter {}";
    DMSSET070E "Invalid parameter {}";
    DMSSTT070E "Invalid parameter {}";
    DMSTYP070E "Invalid parameter {}";
    DMSEXL070E "Invalid parameter {}";
    DMSEXD070E "Invalid parameter {}";

    DMSERS071E "ERASE * * {} not allowed";
    DMSACP113S "{}({}) not attached or invalid device address";
    DMSTYP104S "Error {} reading file {} from disk or directory";
    DMSCPY104S "Error {} reading file {} from disk or directory";
    DMSLST105S "Error {} writing file {} on disk or directory";
    DMSCPY157E "Label {} not found in file {}";
    DMSCPY105S "Error {} writing file {} on disk or directory";
    DMSEXL104S "Error {} reading file {} from disk or directory";
    DMSEXC104S "Error {} reading file {} from disk or directory";
    DMSERS105S "Error {} writing file {} on disk or directory";
    DMSRNM105S "Error {} writing file {} on disk or directory";
    DMSEIO104S "Error {} reading file {} from disk or directory";
    DMSEIO105S "Error {} writing file {} on disk or directory";

    DMSHLP254E "HELP cannot find any information about {}";
    DMSEXC255E "{} is an EXEC or EXEC 2 program; only REXX programs, which begin with a comment, run here";
    DMSEIO621E "Bad plist: {}";
    DMSEIO618E "Variable {} cannot be set: EXECIO was not issued from a program";
    DMSGLB618E "Variables cannot be used: GLOBALV was not issued from a program";

    DMSACP723I "{} ({}) R/O";
    DMSACC724I "{} replaces {} ({})";
    DMSACP725I "{} also = {}";
    DMSACP726I "{} {} released";
}
